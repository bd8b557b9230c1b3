#include "launcher/log_file.hpp"

#include <array>
#include <cerrno>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/inotify.h>

namespace rolecall::launcher {

namespace asio = boost::asio;

boost::system::result<log_watch> log_watch::open(asio::any_io_executor executor,
                                                 const std::filesystem::path& file) {
  const auto last_error = [] {
    return boost::system::error_code{errno, boost::system::system_category()};
  };
  // The watch needs a file; a child that starts later appends to this one.
  if (const auto log = open_log(file); !log) return log.error();
  descriptor inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify.is_open() || ::inotify_add_watch(inotify.number(), file.c_str(), IN_MODIFY) < 0)
    return last_error();

  asio::posix::stream_descriptor stream(std::move(executor));
  boost::system::error_code failed;
  stream.assign(inotify.number(), failed);
  if (failed) return failed;
  static_cast<void>(inotify.release());
  return log_watch(std::move(stream));
}

asio::awaitable<boost::system::error_code> log_watch::async_changed() {
  // The kernel merges equal events that nobody has read yet, so a busy log does not pile up. What
  // they say does not matter, only that there were some.
  std::array<char, 4096> events{};
  const auto [error, size] =
      co_await inotify_.async_read_some(asio::buffer(events), asio::as_tuple(asio::use_awaitable));
  static_cast<void>(size);
  co_return error;
}

}  // namespace rolecall::launcher
