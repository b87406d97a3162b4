#include "../orchestrator/cli/command_line.hpp"

#include <gtest/gtest.h>

#include "../orchestrator/cli/help.hpp"
#include "firmquery/job/options.hpp"

namespace firmquery::cli {
namespace {

Result<CommandLine> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "firmquery");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

using Texts = std::vector<std::string>;

TEST(CommandLineText, OptionsAndOperands) {
  const auto line =
      parse({"run", "job.yaml", "--ids", "-", "--fail-on", "missing>1", "--fail-on=rejected>2", "--quiet"});
  ASSERT_TRUE(line) << line.error().to_string();
  EXPECT_EQ(line->command, "run");
  EXPECT_EQ(line->operands, Texts{"job.yaml"});
  EXPECT_EQ(line->flags.at(options::ids), Texts{"-"});
  EXPECT_EQ(line->flags.at(options::fail_on), (Texts{"missing>1", "rejected>2"}));
  EXPECT_EQ(line->flags.at(options::quiet), Texts{"true"});
  EXPECT_FALSE(line->flags.contains(options::json));
}

TEST(CommandLineText, OperandsMayFollowAndHaveCommandNames) {
  const auto line = parse({"run", "--ids", "clean", "config"});
  ASSERT_TRUE(line) << line.error().to_string();
  EXPECT_EQ(line->command, "run");
  EXPECT_EQ(line->flags.at(options::ids), Texts{"clean"});
  EXPECT_EQ(line->operands, Texts{"config"});
}

TEST(CommandLineText, ValuesStayAsTyped) {
  const auto line =
      parse({"run", "--sql", "select [1, 2], '\\x'", "--dsn", "host=a dbname=b", "--column", "-1"});
  ASSERT_TRUE(line) << line.error().to_string();
  EXPECT_EQ(line->flags.at(options::sql), Texts{"select [1, 2], '\\x'"});
  EXPECT_EQ(line->flags.at(options::dsn), Texts{"host=a dbname=b"});
  EXPECT_EQ(line->flags.at(options::column), Texts{"-1"});
}

TEST(CommandLineText, PsqlGetsEverythingThatFollows) {
  const auto line = parse({"local", "psql", "-c", "select 1", "--csv", "--ids="});
  ASSERT_TRUE(line) << line.error().to_string();
  EXPECT_EQ(line->subcommand, "psql");
  EXPECT_EQ(line->operands, (Texts{"-c", "select 1", "--csv", "--ids="}));
}

TEST(CommandLineText, AnEmptyValueSwallowsNothing) {
  for (const auto& words : std::vector<std::vector<const char*>>{{"run", "--dsn=", "--quiet"},
                                                                 {"run", "--dsn", "--quiet"},
                                                                 {"run", "--dsn"},
                                                                 {"run", "--dsn", "--help"}}) {
    const auto line = parse(words);
    ASSERT_FALSE(line) << words.size();
    EXPECT_EQ(line.error().place, "--dsn");
  }
}

TEST(CommandLineText, HelpWinsOverMissingOperands) {
  const auto line = parse({"verify", "--help"});
  ASSERT_TRUE(line) << line.error().to_string();
  EXPECT_TRUE(line->help);
  EXPECT_EQ(line->command, "verify");
}

TEST(CommandLineText, OptionsOfAnotherCommand) {
  const auto line = parse({"clean", "--strategy", "auto"});
  ASSERT_FALSE(line);
  EXPECT_NE(line.error().message.find("clean: unknown option --strategy"), std::string::npos);
}

// What follows -- is an operand, whatever it looks like.
TEST(CommandLineText, TwoDashesEndTheOptions) {
  EXPECT_EQ(parse({"verify", "--", "-results"})->operands, Texts{"-results"});
  EXPECT_EQ(parse({"run", "--sql", "select 1", "--", "job.yaml"})->operands, Texts{"job.yaml"});
  EXPECT_FALSE(parse({"clean", "--", "ids.txt"}));
}

TEST(CommandLineText, WordsThatAreNowhereAreRefused) {
  const std::pair<std::vector<const char*>, const char*> cases[] = {
      {{"frob"}, "unknown command \"frob\""},
      {{"verify", "--frob"}, "verify: unknown option --frob"},
      {{"verify", "a", "b"}, "verify: unexpected argument \"b\""},
      {{"verify"}, "verify: missing DIR"},
      {{"config"}, "config: a command is missing"},
      {{"config", "frob"}, "unknown command \"config frob\""},
      {{"run", "postgres://db/x"}, "run: unexpected argument \"postgres://db/x\""},
      {{"--version", "frob"}, "unknown command \"frob\""}};
  for (const auto& [words, message] : cases) {
    const auto line = parse(words);
    ASSERT_FALSE(line) << message;
    EXPECT_EQ(line.error().message, message);
    EXPECT_FALSE(line.error().remedy.empty()) << message;
  }
}

// The help comes from the tree that words are parsed by: what it shows is what there is.
TEST(CommandTable, TheHelpHasEveryOption) {
  for (const CommandSpec& spec : command_table()) {
    const std::string help = command_help(spec);
    EXPECT_NE(help.find("Usage: firmquery " + std::string(spec.name)), std::string::npos);
    for (const OptionSpec& option : option_table()) {
      const bool shown = help.find("\n  " + flag_name(option) + " ") != std::string::npos ||
                         help.find("\n  " + flag_name(option) + "\n") != std::string::npos;
      EXPECT_EQ(shown, (option.scope & spec.scope) != 0) << spec.name << " " << option.name;
    }
  }
}

TEST(CommandTable, IsWhole) {
  for (const CommandSpec& spec : command_table()) {
    EXPECT_NE(spec.run, nullptr) << spec.name;
    EXPECT_FALSE(spec.summary.empty()) << spec.name;
    EXPECT_FALSE(spec.examples.empty()) << spec.name;
    EXPECT_EQ(find_command(spec.name), &spec);
  }
}

}  // namespace
}  // namespace firmquery::cli
