#include "orchestrator/registry_source.hpp"

#include "orchestrator/content_hash.hpp"
#include "orchestrator/uncancelled.hpp"
#include "registry/quantities.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include <boost/asio/co_spawn.hpp>

namespace rolecall {

namespace asio = boost::asio;

namespace {

// Functions instead of capturing lambdas: their frames live on the pool.
asio::awaitable<registry_source::reading> read_on_pool(std::filesystem::path file,
                                                       registry::byte_count limit,
                                                       access::access_files before) {
  registry_source::reading result;
  result.mark = mark_of(file);
  auto read = registry::read_file(file);
  result.budget = read.value ? registry::auto_budget(read.value->host.memory, limit) : 0;
  result.checked = registry::check_models(std::move(read), result.budget);
  result.access = check_access(result.checked, before);
  if (result.checked.value) result.known = probe_engines(result.checked.value->registry);
  co_return result;
}

asio::awaitable<file_mark> mark_on_pool(std::filesystem::path file) { co_return mark_of(file); }

}  // namespace

file_mark mark_of(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad())
    return {.hash = {}, .problem = errno != 0 ? std::strerror(errno) : "it cannot be read"};
  return {.hash = content_hash(text), .problem = {}};
}

std::string drift_of(const std::filesystem::path& file, const file_mark& read,
                     const file_mark& now) {
  if (now == read) return {};
  const auto name = file.filename().string();
  if (!now.problem.empty()) return name + " cannot be read any more (" + now.problem + ")";
  return name + " has changed since it was read";
}

access::access_files check_access(registry::check_result& checked,
                                  const access::access_files& before) {
  if (!checked.value) return before;
  auto read = access::read_access_files(checked.value->registry, before);
  if (has_errors(read.notes)) checked.value.reset();
  std::ranges::move(read.notes, std::back_inserter(checked.notes));
  return std::move(read.files);
}

asio::awaitable<registry_source::reading> registry_source::read() {
  co_return co_await asio::co_spawn(pool_, read_on_pool(file_, limit_, access_), uncancelled());
}

asio::awaitable<file_mark> registry_source::look() {
  co_return co_await asio::co_spawn(pool_, mark_on_pool(file_), uncancelled());
}

}  // namespace rolecall
