#include "tools/command_pages/man_page.hpp"

#include "tests/unit/command_pages/small_program.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace {

using namespace rolecall::command_pages;

std::string small_page() {
  return man_page(describe(rolecall::test::small_program{}.app),
                  {.section = 1, .source = "Tools 1.0", .see_also = {"other(8)", "third(5)"}});
}

bool has(const std::string& page, std::string_view part) {
  return page.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("manual page: it has the sections that man(7) asks for, in their order") {
  const auto page = small_page();
  std::size_t at = 0;
  for (const char* title :
       {".TH \"TOOL\" \"1\" \"\" \"Tools 1.0\" \"Rolecall\"\n", ".SH \"NAME\"\n",
        ".SH \"SYNOPSIS\"\n", ".SH \"DESCRIPTION\"\n", ".SH \"COMMANDS\"\n", ".SS \"Things\"\n",
        ".SH \"OPTIONS\"\n", ".SH \"SEE ALSO\"\n"}) {
    CAPTURE(title);
    const auto found = page.find(title, at);
    REQUIRE(found != std::string::npos);
    at = found;
  }
  CHECK(has(page, "tool \\- keeps things\n"));
  CHECK(has(page, "\\fBother(8)\\fR,\n\\fBthird(5)\\fR\n"));
}

TEST_CASE("manual page: each command has its usage, its options and its notes") {
  const auto page = small_page();
  CHECK(has(page, ".TP\n\\fBtool put\\fR \\fI[OPTIONS] ROLE [KEY=VALUE...]\\fR\nPut a thing\n"));
  CHECK(has(page,
            ".TP\n\\fB\\-n\\fR, \\fB\\-\\-number\\fR \\fIN\\fR\nHow often (1 to 9; default: 5)"));
  CHECK(has(page, ".PP\nA note that is told in two lines.\n"));
  CHECK(has(page, ".TP\n\\fBone\\fR\nthe first\n"));
  CHECK(has(page, "\\fBtool get all\\fR"));
  CHECK_FALSE(has(page, "secret"));
}

TEST_CASE("manual page: --help is told once") {
  const auto page = small_page();
  CHECK(page.find("\\-\\-help") == page.rfind("\\-\\-help"));
}

TEST_CASE("manual page: no text becomes a macro or an escape, and the page is ASCII") {
  CLI::App app{".SH is 'no' macro\\n and `neither` – this", "tool"};
  app.footer("'quoted at the beginning\n.and a dot in the next line 🎈");
  const auto page = man_page(describe(app), {.section = 8, .source = "T"});
  CHECK(has(page, "\n\\&.SH is \\(aqno\\(aq macro\\en and \\(ganeither\\(ga \\[u2013] this\n"));
  CHECK(has(page, "\n\\&\\(aqquoted at the beginning .and a dot in the next line \\[u1F388]\n"));
  CHECK(std::ranges::all_of(page, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
}
