#include "firmquery/db/qualified_name.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace firmquery {
namespace {

using testing::ElementsAre;

TEST(QualifiedName, IsReadAsTheServerQuotesIt) {
  EXPECT_THAT(name_parts("firm"), ElementsAre("firm"));
  EXPECT_THAT(name_parts("public.firm"), ElementsAre("public", "firm"));
  EXPECT_THAT(name_parts(R"("Public"."Firm")"), ElementsAre("Public", "Firm"));
  EXPECT_THAT(name_parts(R"(public."firm.old")"), ElementsAre("public", "firm.old"));
  EXPECT_THAT(name_parts(R"("a.b"."c""d.e")"), ElementsAre("a.b", R"(c"d.e)"));
  EXPECT_THAT(name_parts(R"("""")"), ElementsAre("\""));
  EXPECT_THAT(name_parts(""), ElementsAre(""));
}

TEST(QualifiedName, TheLastPartIsTheNameItself) {
  EXPECT_EQ(bare_name(R"(bench."firm.old")"), "firm.old");
  EXPECT_EQ(bare_name("pg_catalog.\"C\""), "C");
  EXPECT_EQ(bare_name(""), "");
}

}  // namespace
}  // namespace firmquery
