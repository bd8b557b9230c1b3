#include "orchestrator/admin/listener.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rolecall::admin {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using boost::system::system_error;
using unix_stream = asio::local::stream_protocol;

constexpr mode_t socket_mode = 0660;

std::string to_string(const registry::unix_endpoint& where) {
  return "unix:" + where.path.string();
}

error_code last_error() { return {errno, boost::system::system_category()}; }

/// Asio's sockets are inherited by children; an instance must hold none of ours.
void close_in_children(int descriptor) { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

/// Makes way for a new socket: removes one that nobody listens on.
void remove_stale_socket(const asio::any_io_executor& executor, const std::filesystem::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return;
  if (!S_ISSOCK(found.st_mode))
    throw system_error(make_error_code(boost::system::errc::file_exists));
  unix_stream::socket probe{executor};
  error_code error;
  probe.connect(unix_stream::endpoint{path.string()}, error);
  if (!error) throw system_error(asio::error::address_in_use);
  if (error != asio::error::connection_refused) throw system_error(error);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw system_error(last_error());
}

template <typename Protocol>
asio::awaitable<stream_socket> accept_on(asio::basic_socket_acceptor<Protocol>& acceptor) {
  auto socket = co_await acceptor.async_accept(asio::use_awaitable);
  close_in_children(socket.native_handle());
  // Events and log lines are small and should not wait for each other.
  if constexpr (std::is_same_v<Protocol, tcp>) {
    error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
  }
  co_return stream_socket{std::move(socket)};
}

}  // namespace

listener::listener(const asio::any_io_executor& executor, const registry::endpoint& where) {
  endpoint_ = std::visit([](const auto& e) { return to_string(e); }, where);
  try {
    std::visit([&](const auto& e) { open(executor, e); }, where);
  } catch (const system_error& error) {
    remove_socket();
    // Without the place in Asio's source that the code carries.
    const error_code code{error.code().value(), error.code().category()};
    throw system_error(code, "cannot listen on " + endpoint_);
  }
}

void listener::open(const asio::any_io_executor& executor, const registry::tcp_endpoint& where) {
  const tcp::endpoint address{asio::ip::make_address(where.address), where.port};
  tcp::acceptor acceptor{executor};
  acceptor.open(address.protocol());
  close_in_children(acceptor.native_handle());
  acceptor.set_option(tcp::acceptor::reuse_address{true});
  acceptor.bind(address);
  acceptor.listen();
  endpoint_ = to_string(registry::tcp_endpoint{where.address, acceptor.local_endpoint().port()});
  reach_ = address.address().is_loopback() ? reachability::loopback : reachability::network;
  acceptor_ = std::move(acceptor);
}

void listener::open(const asio::any_io_executor& executor, const registry::unix_endpoint& where) {
  remove_stale_socket(executor, where.path);
  unix_stream::acceptor acceptor{executor};
  acceptor.open();
  close_in_children(acceptor.native_handle());
  acceptor.bind(unix_stream::endpoint{where.path.string()});
  struct stat made {};
  if (::lstat(where.path.c_str(), &made) != 0) throw system_error(last_error());
  bound_ = identity{where.path, made.st_dev, made.st_ino};
  // Before listen(), so that nobody connects while the umask's mode is in force.
  if (::chmod(where.path.c_str(), socket_mode) != 0) throw system_error(last_error());
  acceptor.listen();
  acceptor_ = std::move(acceptor);
}

listener::~listener() { close(); }

void listener::close() noexcept {
  acceptor_ = std::monostate{};
  remove_socket();
}

void listener::remove_socket() noexcept {
  if (!bound_) return;
  struct stat found {};
  if (::lstat(bound_->path.c_str(), &found) == 0 && found.st_dev == bound_->device &&
      found.st_ino == bound_->inode)
    ::unlink(bound_->path.c_str());
  bound_.reset();
}

asio::awaitable<stream_socket> listener::accept() {
  if (auto* const by_tcp = std::get_if<tcp::acceptor>(&acceptor_)) return accept_on(*by_tcp);
  return accept_on(std::get<unix_stream::acceptor>(acceptor_));
}

}  // namespace rolecall::admin
