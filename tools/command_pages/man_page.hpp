#pragma once

#include "tools/command_pages/command_description.hpp"

namespace rolecall::command_pages {

/// What a manual page says of itself.
struct man_heading {
  int section = 1;
  std::string source;                   ///< "Rolecall 0.1.0"
  std::vector<std::string> see_also{};  ///< "rolecalld(8)"
};

/// The program's manual page in roff, man(7) macros, ASCII only.
[[nodiscard]] std::string man_page(const command_description& program, const man_heading& heading);

}  // namespace rolecall::command_pages
