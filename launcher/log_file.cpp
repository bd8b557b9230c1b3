#include "launcher/log_file.hpp"

#include "launcher/write_all.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rolecall::launcher {
namespace {

constexpr std::streamoff longest_tail = 64 * 1024;
constexpr std::size_t longest_line = 400;
constexpr mode_t ours_alone = S_IRUSR | S_IWUSR;

boost::system::error_code last_error() { return {errno, boost::system::system_category()}; }

boost::system::error_code from_std(const std::error_code& error) {
  return {error.value(), boost::system::system_category()};
}

/// Copies what `file` holds from `offset` on.
boost::system::error_code copy_tail(const std::filesystem::path& file, off_t offset,
                                    const std::filesystem::path& copy) {
  const descriptor from(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!from.is_open()) return last_error();
  const descriptor to(
      ::open(copy.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, ours_alone));
  if (!to.is_open() || ::lseek(from.number(), offset, SEEK_SET) < 0) return last_error();
  std::array<char, 65536> chunk{};
  while (true) {
    const auto count = ::read(from.number(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return last_error();
    if (count == 0) return {};
    if (!write_all(to.number(), {chunk.data(), static_cast<std::size_t>(count)}))
      return last_error();
  }
}

/// Cuts a line to the limit without halving a UTF-8 character.
std::string shortened(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() <= longest_line) return std::string(line);
  auto end = longest_line;
  while (end > longest_line - 4 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
  return std::string(line.substr(0, end));
}

/// A disk that takes no new file costs the output, not the child.
boost::system::result<descriptor> without_log(int error) {
  if (error != ENOSPC && error != EDQUOT && error != EROFS)
    return boost::system::error_code{error, boost::system::system_category()};
  descriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (!nowhere.is_open()) return last_error();
  return nowhere;
}

}  // namespace

std::filesystem::path log_path(const std::filesystem::path& log_dir, const std::string& instance) {
  return log_dir / (instance + ".log");
}

boost::system::result<descriptor> open_log(const std::filesystem::path& file) {
  constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
  descriptor log(::open(file.c_str(), flags, ours_alone));
  if (log.is_open()) return log;
  if (errno != ENOENT || !file.has_parent_path()) return without_log(errno);

  const auto folder = file.parent_path();
  std::error_code failed;
  if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), failed);
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) return without_log(errno);
  log = descriptor(::open(file.c_str(), flags, ours_alone));
  if (!log.is_open()) return without_log(errno);
  return log;
}

boost::system::result<void> rotate_log(const std::filesystem::path& file,
                                       registry::byte_count limit, bool in_use) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  if (failed == std::errc::no_such_file_or_directory) return {};
  if (failed) return from_std(failed);
  if (size <= limit) return {};

  auto previous = file;
  previous += ".1";
  if (!in_use) {
    std::filesystem::rename(file, previous, failed);
    if (failed) return from_std(failed);
    return {};
  }
  // A child appends to the file itself; what it writes between the copy and the cut is lost, a line
  // at most.
  if (const auto error = copy_tail(file, static_cast<off_t>(size - limit), previous)) return error;
  if (::truncate(file.c_str(), 0) != 0) return last_error();
  return {};
}

std::vector<std::string> last_lines(const std::filesystem::path& file, std::size_t count) {
  std::error_code failed;
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(file, failed));
  if (failed || size == 0 || count == 0) return {};
  std::ifstream in(file, std::ios::binary);
  const auto offset = std::max<std::streamoff>(size - longest_tail, 0);
  in.seekg(offset);
  std::string text(static_cast<std::size_t>(size - offset), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.empty()) return {};  // it may not be read

  std::string_view rest = text;
  if (rest.ends_with('\n')) rest.remove_suffix(1);
  // The first line of a tail began before it.
  if (const auto first = rest.find('\n'); offset > 0 && first != std::string_view::npos)
    rest.remove_prefix(first + 1);

  std::vector<std::string> lines;
  while (lines.size() < count) {
    const auto end = rest.rfind('\n');
    lines.push_back(shortened(end == std::string_view::npos ? rest : rest.substr(end + 1)));
    if (end == std::string_view::npos) break;
    rest = rest.substr(0, end);
  }
  std::ranges::reverse(lines);
  return lines;
}

}  // namespace rolecall::launcher
