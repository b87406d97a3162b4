// The program waits on the socket by itself, and TLS keeps bytes back that the socket no longer has: rows of
// every size must arrive through it, and at once.
#include "fault/fault_case.hpp"

namespace firmquery::test {
namespace {

class Tls : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<PostgresServer>(PostgresOptions{true, {"ssl=off"}});
    ProcessOptions options;
    if (::geteuid() == 0) options.user = server_->user();
    options.directory = server_->data_directory();
    const ProcessResult made =
        run_process("openssl",
                    {"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                     "-keyout", "server.key", "-out", "server.crt"},
                    options);
    ASSERT_EQ(made.exit_code, 0) << made.err;
    server_->add_setting("ssl=on");
    server_->stop();
    server_->start();
    // Messages shorter and longer than a TLS record and than libpq's buffer, in no order.
    server_->execute(
        "create table firm (firm_root_id bigint primary key, padding text); insert into firm select n, "
        "repeat('x', (case n % 7 when 0 then 40000 when 1 then 16383 when 2 then 8192 else n % 300 "
        "end)::int) from "
        "generate_series(1, 6000) n");
  }
  static void TearDownTestSuite() { server_.reset(); }
  static std::unique_ptr<PostgresServer> server_;
};
std::unique_ptr<PostgresServer> Tls::server_;

TEST_F(Tls, RowsOfEverySizeArrive) {
  const TempDir directory;
  std::string ids;
  for (int n = 1; n <= 6100; ++n) ids += std::to_string(n) + "\n";
  for (const char* strategy : {"temp-table", "array"}) {
    const ProcessResult ended = run_process(
        FIRMQUERY_BINARY,
        {"run", "--ids", directory.write("ids.txt", ids), "--sql",
         "select firm_root_id, padding from firm where firm_root_id in ({ID_PLACEHOLDER})", "--dsn",
         server_->tcp_dsn() + " sslmode=require gssencmode=disable", "--out", directory / strategy,
         // A wait that misses bytes ends at the timeout.
         "--query-timeout", "20", "--max-retries", "0", "--strategy", strategy});
    ASSERT_EQ(ended.exit_code, 0) << ended.err;
    const Report report = report_of(directory / strategy);
    EXPECT_EQ(report.result.rows, 6000u);
    EXPECT_EQ(report.result.missing, 100u);
    const auto rows = rows_of(read_text(directory / strategy / "results.csv"));
    EXPECT_EQ(rows.count("7," + std::string(40000, 'x')), 1u);
    EXPECT_EQ(rows.count("8," + std::string(16383, 'x')), 1u);
  }
}

}  // namespace
}  // namespace firmquery::test
