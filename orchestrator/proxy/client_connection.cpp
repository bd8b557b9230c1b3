#include "orchestrator/proxy/client_connection.hpp"

namespace rolecall::proxy {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t watch_step = 4096;
// Requests sent ahead of their turn.
constexpr std::size_t most_sent_ahead = 64 << 10;
constexpr std::size_t linger_step = 64 << 10;
constexpr std::size_t kept_capacity = 16 << 10;

// What is left of `buffers` behind `count` bytes.
std::span<asio::const_buffer> drop_front(std::span<asio::const_buffer> buffers, std::size_t count) {
  while (!buffers.empty() && count >= buffers.front().size()) {
    count -= buffers.front().size();
    buffers = buffers.subspan(1);
  }
  if (!buffers.empty()) buffers.front() += count;
  return buffers;
}

}  // namespace

std::string client_connection::address_of(const socket_type& socket) {
  error_code ec;
  const auto peer = socket.remote_endpoint(ec);
  return ec ? "unknown" : peer.address().to_string();
}

client_connection::client_connection(socket_type socket, watch_list& watches, std::string address)
    : socket_(std::move(socket)),
      watches_(watches),
      address_(address.empty() ? address_of(socket_) : std::move(address)),
      timer_(socket_.get_executor()) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);  // the watch reads without waiting
}

task<bool> client_connection::read(std::size_t at_most) {
  if (interrupted_ != interruption::none) co_return false;
  const auto got = co_await socket_.async_read_some(input_.prepare(at_most), no_throw);
  if (interrupted_ != interruption::none || std::get<0>(got)) co_return false;
  input_.commit(std::get<1>(got));
  co_return true;
}

task<bool> client_connection::write(std::span<asio::const_buffer> buffers,
                                    std::chrono::milliseconds patience) {
  buffers = drop_front(buffers, 0);
  while (!buffers.empty()) {
    if (interrupted_ != interruption::none) co_return false;
    const std::span<const asio::const_buffer> rest = buffers;
    // Most answers find room in the socket: then there is nothing to wait for.
    error_code ec;
    auto count = socket_.write_some(rest, ec);
    if (ec == asio::error::would_block) {
      expires_at(std::chrono::steady_clock::now() + patience);
      const auto put = co_await socket_.async_write_some(rest, no_throw);
      ec = std::get<0>(put);
      count = std::get<1>(put);
    }
    sent_ += count;
    if (interrupted_ != interruption::none || ec) co_return false;
    buffers = drop_front(buffers, count);
  }
  co_return true;
}

task<void> client_connection::linger() {
  error_code ignored;
  socket_.shutdown(socket_type::shutdown_send, ignored);
  do {
    input_.clear();
  } while (co_await read(linger_step));
}

void client_connection::release_memory() {
  if (input_.size() == 0 && input_.capacity() > kept_capacity) input_.shrink_to_fit();
}

void client_connection::close() noexcept {
  unwatch();
  error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
}

// One timer wait serves many deadlines: a later deadline leaves it armed, and it looks again when
// it fires.
void client_connection::expires_at(time_point deadline) {
  deadline_ = deadline;
  if (deadline_ < armed_) arm_timer();
}

void client_connection::arm_timer() {
  armed_ = deadline_;
  timer_.expires_at(armed_);
  timer_.async_wait([weak = weak_from_this()](error_code ec) {
    if (ec == asio::error::operation_aborted) return;
    const auto self = weak.lock();
    if (!self) return;
    if (std::chrono::steady_clock::now() >= self->deadline_) {
      self->deadline_ = self->armed_ = time_point::max();
      self->interrupt(interruption::deadline);
    } else if (self->deadline_ != time_point::max()) {
      self->arm_timer();
    } else {
      self->armed_ = time_point::max();
    }
  });
}

// A wait outlives unwatch(): it then completes unheeded, or serves the next watch().
void client_connection::watch() {
  if (watching_) return;
  watching_ = true;
  if (!wait_pending_) watches_.add(*this);
}

void client_connection::unwatch() noexcept {
  watching_ = false;
  if (is_linked()) unlink();
}

void client_connection::waited_long() {
  if (!wait_pending_) wait_readable();
}

void client_connection::wait_readable() {
  wait_pending_ = true;
  socket_.async_wait(socket_type::wait_read, [weak = weak_from_this()](error_code ec) {
    const auto self = weak.lock();
    if (!self) return;
    self->wait_pending_ = false;
    if (!self->watching_) return;
    if (!ec)
      self->on_readable();
    else if (ec == asio::error::operation_aborted && self->interrupted_ == interruption::none)
      self->wait_readable();  // cancelled by an interruption that is over, and watched again since
  });
}

void client_connection::on_readable() {
  while (input_.size() < most_sent_ahead) {
    error_code ec;
    const auto count = socket_.read_some(input_.prepare(watch_step), ec);
    if (ec == asio::error::would_block || ec == asio::error::try_again) {
      wait_readable();
      return;
    }
    if (ec) {
      interrupt(interruption::client_gone);
      return;
    }
    input_.commit(count);
  }
}

void client_connection::interrupt(interruption why) noexcept {
  // A client that goes away while it is being told of a deadline or of the shutdown is gone.
  if (interrupted_ != interruption::none && why != interruption::client_gone) return;
  interrupted_ = why;
  error_code ignored;
  socket_.cancel(ignored);
  if (upstream_ != nullptr) upstream_->close(ignored);
  cancel_.emit(asio::cancellation_type::total);
}

void client_connection::recover() noexcept {
  if (interrupted_ != interruption::client_gone) interrupted_ = interruption::none;
}

}  // namespace rolecall::proxy
