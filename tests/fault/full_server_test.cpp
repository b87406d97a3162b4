// A server that has no room for the list: its load is tried as often as the job allows, and never in a loop.
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "fault/fault_case.hpp"

namespace firmquery::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

class FullServer : public FaultCase {
 protected:
  // A server of its own whose tablespace `small` is a file system of a few megabytes. Why there is none, or
  // "". The mount is seen by this thread and by what it starts alone.
  std::string on_full_server(const std::function<void(PostgresServer&)>& body) {
    std::string obstacle;
    std::thread([&] {
      const std::filesystem::path disk = directory_ / "disk";
      std::filesystem::create_directory(disk);
      if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
          ::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=2m") != 0) {
        obstacle = std::string("NOT TESTED: cannot mount a small file system: ") + std::strerror(errno);
        return;
      }
      PostgresServer full({false, {"log_statement=all", "log_min_error_statement=panic"}});
      const passwd* owner = ::getpwnam(full.user().c_str());
      ASSERT_EQ(::chown(disk.c_str(), owner->pw_uid, owner->pw_gid), 0);
      std::filesystem::permissions(directory_.path(), std::filesystem::perms::others_exec,
                                   std::filesystem::perm_options::add);
      full.execute("create tablespace small location '" + disk.string() + "'");
      full.execute("create table firm (firm_root_id bigint primary key, name text, padding text)");
      full.execute("alter system set temp_tablespaces = 'small'");
      full.execute("alter system set default_tablespace = 'small'");
      full.execute("select pg_reload_conf()");
      body(full);
    }).join();
    return obstacle;
  }
};

class FullServerEach : public FullServer, public ::testing::WithParamInterface<const char*> {};

// 1,237 copies of the same IDs in 50 seconds were sent to a server whose disk was full.
TEST_P(FullServerEach, IsAskedAsOftenAsTheJobAllows) {
  strategy_ = GetParam();
  const std::string obstacle = on_full_server([&](PostgresServer& full) {
    const Ended ended = run(arguments(full.dsn(), {"--max-retries", "2"}));
    expect_no_answer(ended, 4);
    EXPECT_THAT(ended.err, HasSubstr("53100"));
    EXPECT_THAT(ended.err, HasSubstr("trying again"));
    EXPECT_THAT(ended.err, Not(HasSubstr("smaller"))) << "nothing was made smaller";
    const std::size_t copies = count_of(full.complete_log(), "(ord, id) from stdin");
    EXPECT_GE(copies, 3u);
    EXPECT_LE(copies, 6u) << "two sessions, three tries each";
  });
  if (!obstacle.empty()) GTEST_SKIP() << obstacle;
}

// A server that takes only so much at a time, as CockroachDB's memory budget does: less is sent at a time.
TEST_F(FullServer, GetsFewerIdsAtATimeWhereThatHelps) {
  server().execute(R"(
    create function refuse_many() returns trigger language plpgsql as $$
    begin
      if (select count(*) from added) > 10000 then
        raise exception using errcode = '53200', message = 'too much at once';
      end if;
      return null;
    end $$;
    create function watch_staging() returns event_trigger language plpgsql as $$
    declare made record;
    begin
      for made in select * from pg_event_trigger_ddl_commands()
                  where command_tag = 'CREATE TABLE' and object_identity like '%firmquery_staging%' loop
        execute format('create trigger refuse after insert on %s referencing new table as added '
                       'for each statement execute function refuse_many()', made.object_identity);
      end loop;
    end $$;
    create event trigger watch on ddl_command_end execute function watch_staging())");
  strategy_ = "staging-table";
  const Ended ended = run(arguments(server().dsn(), {"--max-retries", "1"}));
  server().execute("drop event trigger watch; drop function watch_staging, refuse_many");
  EXPECT_THAT(ended.err, HasSubstr("fewer IDs at a time"));
  expect_complete(ended);
}

// Each part of the list was tried as often as allowed, and then the whole of it again as often, unseen.
TEST_F(FullServer, IsSentAPartAsOftenAsTheJobAllows) {
  server().execute(R"(
    create sequence refusals;
    create function refuse() returns trigger language plpgsql as $$
    begin
      perform nextval('refusals');
      raise exception using errcode = '40001', message = 'lost a race';
    end $$;
    create function watch_staging() returns event_trigger language plpgsql as $$
    declare made record;
    begin
      for made in select * from pg_event_trigger_ddl_commands()
                  where command_tag = 'CREATE TABLE' and object_identity like '%firmquery_staging%' loop
        execute format('create trigger refuse after insert on %s for each statement execute function refuse()',
                       made.object_identity);
      end loop;
    end $$;
    create event trigger watch on ddl_command_end execute function watch_staging())");
  strategy_ = "staging-table";
  const Ended ended = run(arguments(server().dsn(), {"--connections", "1", "--max-retries", "2"}));
  const std::string refusals = server().value("select last_value from refusals");
  server().execute("drop event trigger watch; drop function watch_staging, refuse; drop sequence refusals");
  expect_no_answer(ended, 4);
  EXPECT_EQ(refusals, "3");
  EXPECT_EQ(count_of(ended.err, "lost a race; trying again"), 2u) << ended.err;
  EXPECT_EQ(report_of(out()).retries, 2u);
}

INSTANTIATE_TEST_SUITE_P(Each, FullServerEach, ::testing::Values("temp-table", "staging-table"),
                         [](const auto& parameter) {
                           return std::string(parameter.param) == "temp-table" ? "TempTable" : "StagingTable";
                         });

}  // namespace
}  // namespace firmquery::test
