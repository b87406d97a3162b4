// The options that a job is made of, each by a typed handle. What of the table has none here is read by the
// command line only, which has handles of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "firmquery/job/job.hpp"
#include "firmquery/job/option.hpp"

namespace firmquery::options {

using Seconds = std::chrono::duration<double>;
using Text = std::string;
using Path = std::filesystem::path;

inline constexpr Option<Text> ids{"ids"};  // a path, "-", or "sql:" and a query
inline constexpr Option<Text> ids_dsn{"ids-dsn"};
inline constexpr Option<Text> column{"column"};
inline constexpr Option<Text> sheet{"sheet"};
inline constexpr Choice<std::optional<IdType>> id_type{"id-type",
                                                       {{"auto", std::nullopt},
                                                        {"int", IdType::integer},
                                                        {"text", IdType::text},
                                                        {"uuid", IdType::uuid},
                                                        {"numeric", IdType::numeric}}};
inline constexpr Choice<InputFormat> input_format{"input-format",
                                                  {{"auto", InputFormat::automatic},
                                                   {"lines", InputFormat::lines},
                                                   {"csv", InputFormat::csv},
                                                   {"tsv", InputFormat::tsv},
                                                   {"list", InputFormat::list}}};
inline constexpr Choice<InputEncoding> encoding{"encoding",
                                                {{"auto", InputEncoding::automatic},
                                                 {"utf-8", InputEncoding::utf8},
                                                 {"utf-16le", InputEncoding::utf16le},
                                                 {"utf-16be", InputEncoding::utf16be},
                                                 {"windows-1252", InputEncoding::windows1252}}};
inline constexpr Choice<HeaderMode> header{
    "header", {{"auto", HeaderMode::automatic}, {"yes", HeaderMode::present}, {"no", HeaderMode::absent}}};
inline constexpr Option<Text> comment{"comment"};
inline constexpr Option<bool> allow_suspect{"allow-suspect"};
inline constexpr Option<bool> allow_lossy{"allow-lossy"};
inline constexpr Option<std::vector<std::string>> accept_rule{"accept-rule"};
inline constexpr Option<bool> strict_input{"strict-input"};
inline constexpr Choice<DigitGroups> thousands{"thousands",
                                               {{"", DigitGroups::none},
                                                {"point", DigitGroups::point},
                                                {"comma", DigitGroups::comma},
                                                {"apostrophe", DigitGroups::apostrophe},
                                                {"space", DigitGroups::space}}};
inline constexpr Choice<DecimalMark> decimal{
    "decimal", {{"", DecimalMark::none}, {"point", DecimalMark::point}, {"comma", DecimalMark::comma}}};
inline constexpr Option<bool> allow_empty{"allow-empty"};
inline constexpr Option<bool> accept_rejected{"accept-rejected"};
inline constexpr Option<std::uint64_t> max_input_ids{"max-input-ids"};
inline constexpr Option<std::uint64_t> warning_threshold{"warning-threshold"};

inline constexpr Option<Path> query{"query"};
inline constexpr Option<Text> sql{"sql"};
inline constexpr Option<Text> key{"key"};

inline constexpr Option<Text> dsn{"dsn"};
inline constexpr Choice<StrategyKind> strategy{"strategy",
                                               {{"auto", StrategyKind::automatic},
                                                {"temp-table", StrategyKind::temp_table},
                                                {"staging-table", StrategyKind::staging_table},
                                                {"array", StrategyKind::array},
                                                {"in-list", StrategyKind::in_list},
                                                {"scan", StrategyKind::scan}}};
inline constexpr Option<unsigned> connections{"connections"};
inline constexpr Option<unsigned> thread_count{"thread-count"};
inline constexpr Option<Text> time_zone{"time-zone"};
inline constexpr Option<Text> date_order{"date-order"};
inline constexpr Choice<bool> row_security{"row-security", {{"on", true}, {"off", false}}};

inline constexpr Option<Seconds> query_timeout{"query-timeout"};
inline constexpr Option<Seconds> lock_timeout{"lock-timeout"};
inline constexpr Option<std::chrono::seconds> connect_timeout{"connect-timeout"};
inline constexpr Option<unsigned> max_retries{"max-retries"};
inline constexpr Option<Seconds> retry_delay{"retry-delay"};
inline constexpr Option<Seconds> retry_budget{"retry-budget"};
inline constexpr Option<Seconds> max_statement_seconds{"max-statement-seconds"};
inline constexpr Option<std::uint64_t> pace{"pace"};
inline constexpr Option<std::size_t> chunk_size{"chunk-size"};
inline constexpr Option<std::size_t> max_query_length{"max-query-length"};
inline constexpr Option<std::optional<std::uint64_t>> recheck{"recheck"};
inline constexpr Option<Text> deadline{"deadline"};
inline constexpr Choice<Late> late{"late",
                                   {{"", Late::by_default}, {"refuse", Late::refuse}, {"warn", Late::warn}}};
inline constexpr Choice<bool> snapshot{"snapshot", {{"on", true}, {"off", false}}};

inline constexpr Option<Text> job{"job"};
inline constexpr Option<std::optional<std::uint64_t>> near_misses{"near-misses"};
inline constexpr Option<Path> out{"out"};
inline constexpr Option<bool> resume{"resume"};
inline constexpr Choice<OnOverlap> on_overlap{
    "on-overlap", {{"fail", OnOverlap::fail}, {"wait", OnOverlap::wait}, {"skip", OnOverlap::skip}}};
inline constexpr Option<std::vector<std::string>> format{"format"};
inline constexpr Choice<Compression> compress{
    "compress", {{"none", Compression::none}, {"gzip", Compression::gzip}, {"zstd", Compression::zstd}}};
inline constexpr Option<bool> spreadsheet_safe{"spreadsheet-safe"};
inline constexpr Option<bool> redact_ids{"redact-ids"};
inline constexpr Option<bool> merge{"merge"};
inline constexpr Option<bool> merge_first{"merge-first"};
inline constexpr Option<std::vector<std::string>> fail_on{"fail-on"};
inline constexpr Option<Path> audit_file{"audit-file"};
inline constexpr Option<bool> audit_syslog{"audit-syslog"};
inline constexpr Option<Path> baseline{"baseline"};
inline constexpr Option<Path> default_directory{"default-directory"};
inline constexpr Option<Text> filename_pattern{"filename-pattern"};

inline constexpr Option<Text> host{"host"};
inline constexpr Option<Text> port{"port"};
inline constexpr Option<Text> database{"database"};
inline constexpr Option<Text> user{"user"};
inline constexpr Option<Text> sslmode{"sslmode"};
inline constexpr Option<Text> sslrootcert{"sslrootcert"};
inline constexpr Option<Text> service{"service"};
inline constexpr Option<Text> passfile{"passfile"};
inline constexpr Option<Path> password_file{"password-file"};

inline constexpr Option<Text> principal{"principal"};
inline constexpr Option<Text> keytab{"keytab"};
inline constexpr Option<Text> ticket_cache{"ticket-cache"};
inline constexpr Option<Text> spn{"spn"};
inline constexpr Choice<bool> require_gss{"require-auth", {{"any", false}, {"gss", true}}};
inline constexpr Option<Text> krb5_conf{"krb5-conf"};
inline constexpr Option<std::chrono::seconds> renew_before{"renew-before"};
inline constexpr Option<Text> jaas_conf{"jaas-conf"};

inline constexpr Option<Text> application_name{"application-name"};
inline constexpr Option<bool> json{"json"};
inline constexpr Option<Path> log_file{"log-file"};
inline constexpr Option<bool> quiet{"quiet"};

}  // namespace firmquery::options
