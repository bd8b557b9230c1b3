#include "tests/bench/relay/stream_load.hpp"

#include "tests/bench/relay/loopback.hpp"
#include "tests/bench/relay/request_load.hpp"
#include "tests/bench/relay/stub_server.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <span>
#include <stdexcept>
#include <thread>

#include <sys/socket.h>

namespace rolecall::bench {
namespace {

constexpr std::chrono::seconds patience{30};
constexpr std::size_t most_unanswered = 64;  // so that no backlog overflows

/// What has arrived is left lying for so long, because reading much at once costs less; when it
/// arrived the kernel tells.
constexpr std::chrono::microseconds between_rounds{500};

/// As recv(), with the time at which the last byte arrived.
ssize_t receive_stamped(int socket, std::span<char> buffer, std::chrono::nanoseconds& arrived) {
  iovec piece{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const auto length = ::recvmsg(socket, &message, 0);
  const auto* header = length > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (header == nullptr || header->cmsg_type != SCM_TIMESTAMPNS) return length;
  timespec stamp{};
  std::memcpy(&stamp, CMSG_DATA(header), sizeof stamp);
  arrived = std::chrono::seconds{stamp.tv_sec} + std::chrono::nanoseconds{stamp.tv_nsec};
  return length;
}

}  // namespace

void stream_load::start(std::size_t index) {
  auto& one = streams_[index];
  one.socket = connect_to(port_);
  const int on = 1;
  ::setsockopt(one.socket.number(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  poller_.add(one.socket.number(), EPOLLIN, index);
  const auto phase =
      1e9 / rate_ * static_cast<double>(index) / static_cast<double>(streams_.size());
  const auto field = std::string(stream_field) + ": " + std::to_string(rate_) + ' ' +
                     std::to_string(static_cast<std::int64_t>(phase)) + "\r\n";
  const auto request = chat_request(1024, false, field);
  ::send(one.socket.number(), request.data(), request.size(), MSG_NOSIGNAL);
}

void stream_load::open() {
  const auto deadline = clock::now() + patience;
  for (std::size_t started = 0; heads_ < streams_.size();) {
    while (started < streams_.size() && started - heads_ < most_unanswered) start(started++);
    for (const auto& event : poller_.wait(clock::now() + std::chrono::milliseconds{10}))
      receive(streams_[event.data.u64]);
    if (counts_.lost_streams > 0) throw std::runtime_error("a stream was refused");
    if (clock::now() > deadline)
      throw std::runtime_error("only " + std::to_string(heads_) + " of " +
                               std::to_string(streams_.size()) + " streams have begun after 30 s");
  }
}

void stream_load::run(clock::duration duration) {
  const auto end = clock::now() + duration;
  for (auto round = clock::now(); round < end; round = clock::now()) {
    for (auto events = poller_.wait(end); !events.empty(); events = poller_.wait(round))
      for (const auto& event : events) receive(streams_[event.data.u64]);
    std::this_thread::sleep_until(std::min(round + between_rounds, end));
  }
}

void stream_load::receive(stream& one) {
  std::chrono::nanoseconds arrived{0};
  const auto length = receive_stamped(one.socket.number(), buffer_, arrived);
  if (length < 0 && errno == EAGAIN) return;
  if (length <= 0) {
    one.socket.close();
    ++counts_.lost_streams;
    return;
  }
  std::string_view piece(buffer_.data(), static_cast<std::size_t>(length));
  if (!one.has_head) {
    one.head.append(piece);
    const auto head = parse_head(one.head);
    if (!head) return;
    if (head->status != 200 || !head->is_chunked) {
      ++counts_.lost_streams;
      return;
    }
    one.has_head = true;
    ++heads_;
    piece = std::string_view(one.head).substr(head->size);
  }
  one.chunks.append(piece);
  take_chunks(one, arrived);
}

void stream_load::take_chunks(stream& one, std::chrono::nanoseconds arrived) {
  std::size_t events = 0;
  while (const auto chunk = one.chunks.next()) {
    std::size_t in_chunk = 0;
    for (auto at = chunk->find(stamp_key); at != std::string_view::npos;
         at = chunk->find(stamp_key, at + 1)) {
      std::int64_t sent = 0;
      const auto* digits = chunk->data() + at + stamp_key.size();
      std::from_chars(digits, digits + stamp_digits, sent);
      counts_.delays.push_back(arrived - std::chrono::nanoseconds{sent});
      ++in_chunk;
    }
    if (in_chunk != 1 || chunk->size() != event_bytes) ++counts_.merged_chunks;
    events += in_chunk;
  }
  one.chunks.compact();
  counts_.events += events;
  ++counts_.reads;
  if (events > 1) ++counts_.reads_of_several;
}

}  // namespace rolecall::bench
