// Writes docs/registry.schema.json and docs/registry.md: registry_reference FOLDER.

#include "registry/reference.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: registry_reference FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::ofstream schema(folder / "registry.schema.json"), page(folder / "registry.md");
  schema << rolecall::registry::json_schema() << std::flush;
  page << rolecall::registry::reference_page() << std::flush;
  if (!schema || !page) {
    std::cerr << "cannot write into " << folder.string() << "\n";
    return 1;
  }
}
