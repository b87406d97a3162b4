// Lists that are read as rules of spelling have them.
#include <gmock/gmock.h>

#include "support/cleaned.hpp"

namespace firmquery::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

CleanOptions with_rules(std::initializer_list<const char*> rules, IdType type = IdType::text) {
  CleanOptions options;
  options.type = type;
  options.header = HeaderMode::absent;
  for (const char* rule : rules) options.accept_rules.push_back(*SpellingRule::parse(rule, {}));
  return options;
}

TEST(AcceptRules, EachFieldIsReadAsTheRulesSpellIt) {
  const Cleaned cleaned =
      clean_text("123\n0000000123\n 45-6 \nA7\n", with_rules({"strip-separators", "pad:10"}));
  EXPECT_THAT(cleaned.ids(), ElementsAre("0000000123", "0000000123", "0000000456", "A7"));
  EXPECT_EQ(cleaned.counts.accepted, 4u);
  EXPECT_EQ(cleaned.profile.respelled, 2u);
  EXPECT_EQ(cleaned.profile.lengths.at(10), 3u);
}

TEST(AcceptRules, WhatWasRejectedIsRead) {
  const CleanOptions options =
      with_rules({"strip-separators", "look-alikes", "strip-decimals"}, IdType::integer);
  const Cleaned cleaned = clean_text("O123\n12-34\n7.0\n5\nBob\n1.5\n", options);
  EXPECT_THAT(cleaned.ids(), ElementsAre("123", "1234", "7", "5"));
  EXPECT_THAT(cleaned.rejects(), ElementsAre("not_an_integer: Bob", "decimal: 1.5"));
  EXPECT_THAT(clean_text("O123\n12-34\n5\n", with_rules({}, IdType::integer)).ids(), ElementsAre("5"));
}

TEST(AcceptRules, ARejectIsShownAsItStood) {
  const Cleaned cleaned = clean_text("a-1\nx y\n", with_rules({"strip-separators"}, IdType::integer));
  EXPECT_THAT(cleaned.rejects(), ElementsAre("not_an_integer: a-1", "not_an_integer: x y"));
}

TEST(AcceptRules, NumbersWithGroupsComeFirst) {
  CleanOptions options = with_rules({"pad:8"});
  options.numbers.groups = DigitGroups::point;
  EXPECT_THAT(clean_text("1.234.567\n", options).ids(), ElementsAre("01234567"));
}

TEST(AcceptRules, InvisibleCharactersAndOtherScripts) {
  EXPECT_THAT(clean_text("\xE2\x81\xA0"
                         "12\n\xEF\xBC\x91\xEF\xBC\x92\n",
                         with_rules({"trim", "ascii"}, IdType::integer))
                  .ids(),
              ElementsAre("12", "12"));
}

TEST(AcceptRules, TheFirstLineIsNoHeaderForThem) {
  CleanOptions options = with_rules({"look-alikes"}, IdType::integer);
  options.header = HeaderMode::automatic;
  const Cleaned cleaned = clean_text("O12\n13\n14\n", options);
  EXPECT_EQ(cleaned.counts.header, 0u);
  EXPECT_THAT(cleaned.ids(), ElementsAre("12", "13", "14"));
}

TEST(AcceptRules, ItemsOfAPastedListAndCells) {
  CleanOptions options = with_rules({"pad:4"});
  options.format = InputFormat::list;
  EXPECT_THAT(clean_text("'1', '22', '4444'", options).ids(), ElementsAre("0001", "0022", "4444"));
}

}  // namespace
}  // namespace firmquery::test
