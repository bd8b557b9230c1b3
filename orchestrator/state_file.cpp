#include "orchestrator/state_file.hpp"

#include "launcher/descriptor.hpp"
#include "launcher/write_all.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rolecall {

namespace {

std::string failure(const char* verb, const std::filesystem::path& file) {
  return std::string("cannot ") + verb + ' ' + file.string() + ": " + std::strerror(errno);
}

}  // namespace

boost::system::result<std::string, std::string> read_state_file(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in && errno == ENOENT) return {boost::system::in_place_value, std::string{}};
  if (!in) return {boost::system::in_place_error, failure("read", file)};
  std::string text;
  std::array<char, 65536> piece;
  while (in.read(piece.data(), piece.size()) || in.gcount() > 0)
    text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return {boost::system::in_place_error, failure("read", file)};
  return {boost::system::in_place_value, std::move(text)};
}

std::string write_draft(const std::filesystem::path& draft, std::string_view text, bool flushed) {
  const launcher::descriptor out{
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  if (out.number() < 0) return failure("create", draft);
  if (!launcher::write_all(out.number(), text) || (flushed && ::fsync(out.number()) != 0))
    return failure("write", draft);
  return {};
}

std::string put_in_place(const std::filesystem::path& draft, const std::filesystem::path& file) {
  return ::rename(draft.c_str(), file.c_str()) == 0 ? std::string{} : failure("replace", file);
}

void flush_folder(const std::filesystem::path& folder) {
  const launcher::descriptor opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (opened.number() >= 0) (void)::fsync(opened.number());
}

std::string write_state_file(const std::filesystem::path& file, std::string_view text) {
  auto draft = file;
  draft += ".new";
  if (auto failed = write_draft(draft, text, /*flushed=*/true); !failed.empty()) return failed;
  if (auto failed = put_in_place(draft, file); !failed.empty()) return failed;
  // The rename itself lasts once its folder is on the disk.
  flush_folder(file.parent_path());
  return {};
}

}  // namespace rolecall
