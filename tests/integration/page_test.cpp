// report.html of real runs, in a real browser: it shows what it should, asks nobody for anything, fits a phone, prints, needs
// no script; its SQL gives the digests that it shows; and --redact-ids leaves no ID in it. Chromium is one of the packages
// of scripts/setup.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "integration/run_case.hpp"
#include "integration/staging_case.hpp"

namespace firmquery::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kPageQuery =
    "SELECT firm_root_id, name FROM page_firm\nWHERE firm_root_id IN ({ID_PLACEHOLDER})\n  AND name <> "
    "'KX-literal-1234'";

void replace_each(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}
std::string as_html(std::string text) {
  for (const auto& [what, by] : {std::pair("&", "&amp;"), std::pair("<", "&lt;"), std::pair(">", "&gt;"),
                                 std::pair("\"", "&quot;"), std::pair("'", "&#39;")})
    replace_each(text, what, by);
  return text;
}
std::string from_html(std::string text) {
  for (const auto& [what, by] : {std::pair("&#39;", "'"), std::pair("&quot;", "\""), std::pair("&gt;", ">"),
                                 std::pair("&lt;", "<"), std::pair("&amp;", "&")})
    replace_each(text, what, by);
  return text;
}
// Of the first such pair of marks.
std::string between(const std::string& text, std::string_view begin, std::string_view end) {
  const std::size_t from = text.find(begin);
  if (from == std::string::npos) return {};
  const std::size_t to = text.find(end, from + begin.size());
  return to == std::string::npos ? std::string() : text.substr(from + begin.size(), to - from - begin.size());
}

class Browser {
 public:
  // What one visit of a page came to.
  struct Visit {
    std::string dom;
    std::vector<std::string> console;   // what the page made the browser say
    std::vector<std::string> requests;  // that the page made, but for itself
  };
  Visit visit(const fs::path& page) {
    const fs::path net = directory_ / "net.json";
    const ProcessResult result = run({"--enable-logging=stderr", "--log-net-log=" + net.string(),
                                      "--dump-dom", "file://" + page.string()});
    Visit visit{result.out, {}, {}};
    for (std::size_t at = 0; at < result.err.size();) {
      const std::size_t end = std::min(result.err.find('\n', at), result.err.size());
      const std::string line = result.err.substr(at, end - at);
      if (line.find("CONSOLE") != std::string::npos) visit.console.push_back(line);
      at = end + 1;
    }
    // The browser asks for things of its own, too; those come from no page.
    const auto log = nlohmann::json::parse(read_text(net));
    std::set<std::string> urls;
    for (const auto& event : log.at("events")) {
      const auto params = event.find("params");
      if (params == event.end() || !params->contains("url") || !params->contains("initiator")) continue;
      if (params->at("initiator") == "not an origin") continue;
      urls.insert(params->at("url").get<std::string>());
    }
    visit.requests.assign(urls.begin(), urls.end());
    return visit;
  }

  // The page 360 pixels wide, with scripts allowed and without.
  struct Narrow {
    long width = 0;
    std::string text, text_without_scripts;
  };
  Narrow narrow(const fs::path& page) {
    const std::string inside = as_html(read_text(page));
    const std::string frame = directory_.write(
        "frame.html",
        "<!DOCTYPE html><meta charset=utf-8><style>iframe{border:0;width:360px;height:800px}</style>"
        "<iframe id=on sandbox='allow-same-origin allow-scripts' srcdoc=\"" +
            inside +
            "\"></iframe>"
            "<iframe id=off sandbox='allow-same-origin' srcdoc=\"" +
            inside +
            "\"></iframe>"
            "<script>onload=()=>{const d=i=>document.getElementById(i).contentDocument;"
            "const "
            "o={width:d('on').documentElement.scrollWidth,on:d('on').body.innerText,off:d('off').body."
            "innerText};"
            "document.body.innerHTML='<pre id=r></pre>';r.textContent=JSON.stringify(o)}</script>");
    const ProcessResult result = run({"--dump-dom", "file://" + frame});
    const auto seen = nlohmann::json::parse(from_html(between(result.out, "<pre id=\"r\">", "</pre>")));
    return {seen.at("width").get<long>(), seen.at("on").get<std::string>(),
            seen.at("off").get<std::string>()};
  }

  std::string print(const fs::path& page) {
    const fs::path pdf = directory_ / "page.pdf";
    run({"--no-pdf-header-footer", "--print-to-pdf=" + pdf.string(), "file://" + page.string()});
    return read_text(pdf);
  }

 private:
  ProcessResult run(std::vector<std::string> arguments) {
    // Root has no sandbox; names are looked up for nobody.
    for (const char* option : {"--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                               "--disable-background-networking", "--disable-component-update",
                               "--disable-sync", "--disable-extensions", "--hide-scrollbars",
                               "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND"})
      arguments.emplace_back(option);
    arguments.push_back("--user-data-dir=" + (directory_ / "profile").string());
    const ProcessResult result = run_process("chromium", arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  }
  TempDir directory_;
};

class Page : public testing::Test {
 protected:
  static PostgresServer& server() {
    static const bool filled = [] {
      Server::instance().postgres().execute(
          "create table page_firm (firm_root_id text primary key, name text);"
          "insert into page_firm select 'KX-' || n * 7 || '-' || md5(n::text), 'Firm ' || n from "
          "generate_series(1, 20000) n;"
          "insert into page_firm values ('=1+KX', 'a formula'), ('Zoë Ångström', 'words');"
          "create table page_number (firm_root_id numeric(20,2) primary key, name text);"
          "insert into page_number select n * 3.5, 'Firm, ' || n from generate_series(1, 3000) n; analyze");
      return true;
    }();
    (void)filled;
    return Server::instance().postgres();
  }
  // IDs that are found and IDs that are not, repeats, and what is no ID at all.
  static std::vector<std::string> ids() {
    (void)server();
    const auto found = Server::instance().psql(
        "postgres", {"select firm_root_id from page_firm where name like '%7' order by 1"});
    std::vector<std::string> all;
    for (std::size_t at = 0; at < found.size();) {
      const std::size_t end = found.find('\n', at);
      all.push_back(found.substr(at, end - at));
      at = end + 1;
    }
    for (const char* other : {"=1+KX", "Zoë Ångström", "<script>document.title='KX'</script>", "KX-nobody-1",
                              "\"><img src=//KX-x.invalid/>", "KX-\xe2\x80\xaegnp.exe"})
      all.emplace_back(other);
    return all;
  }
  static std::string list_of(const std::vector<std::string>& ids) {
    std::string list;
    for (const std::string& id : ids) list += id + "\n";
    return list + ids[3] + "\n" + ids[4] + "\n" + kRejected[0] + "\n" + kRejected[1] + "\n\n" + kRejected[2] +
           "\n";
  }
  static constexpr const char* kRejected[] = {"1.234E+12", "KX-bell\x07-</td>", "KX-latin-\xe9\xff"};

  fs::path run(const std::vector<std::string>& more, const std::string& name = "out",
               const std::string& query = kPageQuery, const std::string& list = list_of(ids())) {
    std::vector<std::string> arguments = {"run",
                                          "--quiet",
                                          "--ids",
                                          directory_.write("ids.txt", list),
                                          "--sql",
                                          query,
                                          "--dsn",
                                          server().dsn(),
                                          "--out",
                                          directory_ / name,
                                          "--input-format",
                                          "lines",
                                          "--header",
                                          "absent",
                                          "--encoding",
                                          "utf-8"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProcessResult result = run_process(FIRMQUERY_BINARY, arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    const auto verification = verify_run(directory_ / name);
    EXPECT_TRUE(verification && verification->failures.empty());
    return directory_ / name / "report.html";
  }
  TempDir directory_;
  Browser browser_;
};

TEST_F(Page, IsShownAsksNobodyFitsAPhonePrintsAndNeedsNoScript) {
  const fs::path page = run({});
  const Browser::Visit visit = browser_.visit(page);
  EXPECT_THAT(visit.dom, HasSubstr("IDs found, 4 missing; the numbers add up</h1>"));
  EXPECT_THAT(visit.dom, HasSubstr("<title>Complete: "));  // no ID has given it another one
  EXPECT_THAT(visit.dom, HasSubstr("<code>&lt;script&gt;document.title='KX'&lt;/script&gt;</code>"));
  EXPECT_THAT(visit.dom, HasSubstr("<desc id=\"rows-d\">"));
  EXPECT_THAT(visit.console, IsEmpty());
  EXPECT_THAT(visit.requests, IsEmpty());
  const std::string source = read_text(page);
  for (const char* outward : {"http:", "https:", "url(", "<script", "<img", "<iframe", "@import"})
    EXPECT_THAT(source, Not(HasSubstr(outward)));

  const Browser::Narrow narrow = browser_.narrow(page);
  EXPECT_EQ(narrow.width, 360);
  EXPECT_THAT(narrow.text, HasSubstr("How to check it"));
  EXPECT_EQ(narrow.text, narrow.text_without_scripts);

  const std::string pdf = browser_.print(page);
  EXPECT_THAT(pdf, StartsWith("%PDF"));
  EXPECT_GT(pdf.size(), 20'000u);
}

// What the test above would see if the page did wrong.
TEST_F(Page, TheBrowserWouldTell) {
  const std::string page =
      directory_.write("wrong.html",
                       "<body><img src=http://127.0.0.1:9/seen.png><div style=width:900px>wide</div>"
                       "<script>console.error('heard');document.body.append('by script')</script></body>");
  const Browser::Visit visit = browser_.visit(page);
  EXPECT_THAT(visit.console, ElementsAre(HasSubstr("heard")));
  EXPECT_THAT(visit.requests, ElementsAre("http://127.0.0.1:9/seen.png"));
  const Browser::Narrow narrow = browser_.narrow(page);
  EXPECT_GE(narrow.width, 900);
  EXPECT_NE(narrow.text, narrow.text_without_scripts);
}

TEST_F(Page, ItsSqlGivesTheDigestsThatItShows) {
  const auto check = [&](const fs::path& page) {
    const std::string source = read_text(page);
    const std::string sql = from_html(between(source, "<pre id=\"proof-sql\"><code>", "</code></pre>"));
    ProcessOptions options;
    options.directory = page.parent_path();
    options.input = sql;
    const ProcessResult result =
        run_process(Server::instance().binaries() / "psql",
                    {"-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", server().dsn()}, options);
    ASSERT_EQ(result.exit_code, 0) << result.err << sql;
    const auto report = report_from_json(read_text(page.parent_path() / "report.json"), "report.json");
    ASSERT_TRUE(report);
    EXPECT_EQ(result.out, "missing|" + report->result.missing_digest.to_hex() + "\nfound|" +
                              report->result.found_digest.to_hex() + "\nunique|" +
                              report->input.digest.to_hex() + "\n")
        << sql;
    EXPECT_THAT(source, HasSubstr("<code>" + report->input.digest.to_hex() + "</code>"));
  };
  check(run({}, "csv"));
  check(run({"--format", "xlsx,tsv", "--compress", "gzip"}, "tsv"));
  check(run({"--format", "csv", "--compress", "zstd", "--spreadsheet-safe"}, "safe"));
  check(run({}, "numbers",
            "select name, firm_root_id from page_number where firm_root_id in ({ID_PLACEHOLDER})",
            "7\n3.5\n10.50\n14.0\n1\n-2\n"));
}

TEST_F(Page, RedactedHasNoIdAndNothingOfTheRejects) {
  std::vector<std::string> all = ids();
  const fs::path page = run({"--redact-ids", "--strategy", "array"});
  for (const char* raw : kRejected) all.emplace_back(raw);
  const std::string source = read_text(page);
  const std::string text = browser_.narrow(page).text;
  for (const std::string& id : all) {
    EXPECT_THAT(source, Not(HasSubstr(id)));
    EXPECT_THAT(source, Not(HasSubstr(as_html(id))));
    EXPECT_THAT(text, Not(HasSubstr(id)));
  }
  EXPECT_THAT(text, Not(HasSubstr("KX-")));
  EXPECT_THAT(text, Not(HasSubstr("Zo")));
  EXPECT_THAT(text, HasSubstr("scientific"));
  EXPECT_THAT(read_text(page.parent_path() / "missing.csv"), HasSubstr("KX-nobody-1"));
  EXPECT_THAT(read_text(run({}, "open")), HasSubstr("KX-nobody-1"));
}

TEST_F(Page, ARunThatWasStoppedHasOneAndTheResumedRunShowsBothStarts) {
  Job job = make_job(directory_, server().dsn(), numbers(1, 3000),
                     "select firm_root_id, name from page_number where firm_root_id in ({ID_PLACEHOLDER})");
  job.pace = 400;
  job.redact_ids = true;
  std::stop_source stop;
  const Outcome stopped = test::run(
      job,
      [&](const RunWatch& watch) {
        EXPECT_TRUE(watch.wait_until(in_the_middle));
        stop.request_stop();
      },
      stop.get_token());
  ASSERT_FALSE(stopped.result);
  std::string source = read_text(job.out / "report.html");
  EXPECT_THAT(source, HasSubstr("<h1>Interrupted on the way: "));
  EXPECT_THAT(source, Not(HasSubstr("firmquery verify")));
  job.resume = true;
  job.pace = 0;
  const Outcome whole = test::run(job);
  ASSERT_TRUE(whole.result) << whole.result.error().to_string();
  source = read_text(job.out / "report.html");
  EXPECT_THAT(source,
              HasSubstr("<h1>Complete: 428 of 3,000 IDs found, 2,572 missing; the numbers add up</h1>"));
  EXPECT_THAT(source, HasSubstr("<td>interrupted</td>"));
  EXPECT_THAT(source, HasSubstr("1 start of the program after the first"));
  EXPECT_THAT(source, HasSubstr("Parts of the list were read at different instants"));
}

}  // namespace
}  // namespace firmquery::test
