#pragma once

#include "tools/command_pages/command_description.hpp"

namespace rolecall::command_pages {

/// What `--help` prints, in lines of at most `columns` columns (of 40 or more); only a word that is
/// longer makes a longer line.
[[nodiscard]] std::string help_page(const command_description& command, std::size_t columns);

/// `app` and the subcommands that it gets later print help_page. `columns` is asked when they do.
void use_help_page(CLI::App& app, std::size_t (*columns)());

}  // namespace rolecall::command_pages
