#include "tests/bench/relay/stub_server.hpp"

#include "tests/bench/relay/answer_reader.hpp"
#include "tests/bench/relay/child_process.hpp"
#include "tests/bench/relay/loopback.hpp"
#include "tests/bench/relay/poller.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <memory>
#include <queue>
#include <sstream>
#include <stdexcept>
#include <unordered_map>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

namespace rolecall::bench {
namespace {

using std::chrono::nanoseconds;

struct stub_options {
  std::uint16_t port = 0;
  std::string model;
  std::vector<int> cpus;
  pid_t owner = 0;
};

/// One client: a proxy, or the load generator itself.
struct stub_connection {
  launcher::descriptor socket;
  std::uint64_t serial = 0;  ///< tells it from another one that had its descriptor's number
  std::string received;      ///< of a head that is not complete
  std::size_t body_left = 0;
  std::string answer;  ///< to be sent after the request's body
  std::string unsent;  ///< what the socket did not take
  nanoseconds period{0};
  nanoseconds first_event{0};
  bool is_streaming = false;
};

struct tick {
  clock::time_point due;
  int descriptor;
  std::uint64_t serial;
  bool operator>(const tick& other) const noexcept { return due > other.due; }
};

std::string json_answer(std::string body, std::string_view status = "200 OK") {
  return "HTTP/1.1 " + std::string(status) +
         "\r\nServer: llama.cpp\r\nContent-Type: application/json; charset=utf-8\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string completion() {
  const std::string head =
      R"({"object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":)"
      R"({"role":"assistant","content":")";
  // As llama-server tells its tokens.
  const std::string tail =
      R"("}}],"created":1795316301,"model":"bench","object":"chat.completion","usage":)"
      R"({"completion_tokens":8,"prompt_tokens":19,"total_tokens":27,"prompt_tokens_details":)"
      R"({"cached_tokens":18}},"id":"chatcmpl-v86vjbqtl28BP5qXI0e1cdWLzx9yHXYJ","timings":)"
      R"({"cache_n":18,"prompt_n":1,"prompt_ms":10.917,"prompt_per_token_ms":10.917,)"
      R"("prompt_per_second":91.60025648071814,"predicted_n":8,"predicted_ms":2.477,)"
      R"("predicted_per_token_ms":0.3538571428571428,"predicted_per_second":2825.9991925716595}})";
  return json_answer(head + std::string(answer_bytes - head.size() - tail.size(), 'a') + tail);
}

/// An event in a chunk of its own; the stamp's digits stand at `stamp_at`.
struct event_text {
  std::string text;
  std::size_t stamp_at = 0;

  event_text() {
    std::string event =
        R"(data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":")";
    const auto tail = "\"}}]," + std::string(stamp_key) + std::string(stamp_digits, '0') + "}\n\n";
    event += std::string(event_bytes - event.size() - tail.size(), 'a') + tail;
    std::array<char, 16> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", event.size());
    text = size.data() + event + "\r\n";
    stamp_at = text.find(stamp_key) + stamp_key.size();
  }

  /// With the present time.
  const std::string& stamped() {
    auto left = nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
    for (auto digit = stamp_digits; digit-- > 0; left /= 10)
      text[stamp_at + digit] = static_cast<char>('0' + left % 10);
    return text;
  }
};

class stub_server {
 public:
  explicit stub_server(const stub_options& chosen) : options_(chosen) {}
  void serve();

 private:
  void accept();
  void on_event(const epoll_event& event);
  void receive(stub_connection& client);
  void begin_request(stub_connection& client);
  void end_request(stub_connection& client);
  void send_due_events();
  void send(stub_connection& client, std::string_view text);
  void flush(stub_connection& client);
  void drop(int descriptor);
  [[nodiscard]] std::string answer_to(std::string_view head) const;

  const stub_options& options_;
  poller poller_;
  launcher::descriptor listener_;
  std::unordered_map<int, std::unique_ptr<stub_connection>> clients_;
  std::priority_queue<tick, std::vector<tick>, std::greater<>> ticks_;
  std::vector<int> gone_;  ///< to be dropped once nobody works with them
  clock::time_point last_sent_;
  std::uint64_t next_serial_ = 0;
  std::size_t streams_ = 0;
  event_text event_;
  const std::string completion_ = completion();
  std::vector<char> buffer_ = std::vector<char>(256U << 10);
};

/// Between two rounds of sending: waking up for every single one of 50,000 events a second would
/// cost more than sending them.
constexpr std::chrono::microseconds shortest_gap{250};

constexpr std::uint64_t listener_key = 1ULL << 40;
constexpr std::uint64_t owner_key = listener_key + 1;

void stub_server::serve() {
  listener_ = listen_on(options_.port);
  poller_.add(listener_.number(), EPOLLIN, listener_key);
  const launcher::descriptor owner(
      options_.owner == 0 ? -1 : static_cast<int>(::syscall(SYS_pidfd_open, options_.owner, 0)));
  if (owner.is_open()) poller_.add(owner.number(), EPOLLIN, owner_key);
  std::fprintf(stderr, "0.00.000.000 I srv  llama_server: model loaded\n");
  std::fprintf(stderr, "0.00.000.000 I srv  llama_server: listening on http://127.0.0.1:%d\n",
               options_.port);
  while (true) {
    const auto deadline = ticks_.empty() ? clock::now() + std::chrono::hours{1}
                                         : std::max(ticks_.top().due, last_sent_ + shortest_gap);
    for (const auto& event : poller_.wait(deadline)) {
      if (event.data.u64 == owner_key) return;  // nobody is left to stop us
      if (event.data.u64 == listener_key)
        accept();
      else
        on_event(event);
    }
    send_due_events();
    for (const int descriptor : gone_) drop(descriptor);
    gone_.clear();
  }
}

void stub_server::accept() {
  for (auto socket = accept_from(listener_); socket.is_open(); socket = accept_from(listener_)) {
    const int number = socket.number();
    auto client = std::make_unique<stub_connection>();
    client->socket = std::move(socket);
    client->serial = next_serial_++;
    clients_[number] = std::move(client);
    poller_.add(number, EPOLLIN, static_cast<std::uint64_t>(number));
  }
}

void stub_server::on_event(const epoll_event& event) {
  auto& client = *clients_.at(static_cast<int>(event.data.u64));
  if ((event.events & EPOLLOUT) != 0) flush(client);
  if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive(client);
}

void stub_server::receive(stub_connection& client) {
  const auto length = ::recv(client.socket.number(), buffer_.data(), buffer_.size(), 0);
  if (length < 0 && errno == EAGAIN) return;
  if (length <= 0) {
    gone_.push_back(client.socket.number());
    return;
  }
  std::string_view piece(buffer_.data(), static_cast<std::size_t>(length));
  if (client.body_left > 0) {
    const auto taken = std::min(client.body_left, piece.size());
    client.body_left -= taken;
    piece.remove_prefix(taken);
    if (client.body_left == 0) end_request(client);
  }
  client.received.append(piece);
  if (!client.received.empty()) begin_request(client);
}

void stub_server::begin_request(stub_connection& client) {
  const auto head = parse_head(client.received);
  if (!head) return;
  const std::string_view text(client.received.data(), head->size);
  if (const auto stream = field_value(text, stream_field)) {
    double rate = 1;
    long long first = 0;
    const auto* end = stream->data() + stream->size();
    const auto parsed = std::from_chars(stream->data(), end, rate);
    std::from_chars(parsed.ptr + 1, end, first);
    client.period = nanoseconds{static_cast<std::int64_t>(1e9 / rate)};
    client.first_event = nanoseconds{first};
    client.answer =
        "HTTP/1.1 200 OK\r\nServer: llama.cpp\r\nContent-Type: text/event-stream\r\n"
        "Transfer-Encoding: chunked\r\n\r\n";
  } else {
    client.period = nanoseconds{0};
    client.answer = answer_to(text);
  }
  const auto body = head->content_length.value_or(0);
  const auto here = std::min(client.received.size() - head->size, body);
  client.body_left = body - here;
  client.received.erase(0, head->size + here);
  if (client.body_left == 0) end_request(client);
}

std::string stub_server::answer_to(std::string_view head) const {
  const auto is = [&](std::string_view target) {
    return head.starts_with("GET " + std::string(target) + " ");
  };
  if (head.starts_with("POST ")) return completion_;
  if (is("/health")) return json_answer(R"({"status":"ok"})");
  if (is("/props"))
    return json_answer(R"({"total_slots":1,"model_path":")" + options_.model + "\"}");
  if (is(streams_target)) return json_answer(std::to_string(streams_));
  return json_answer(R"({"error":{"code":404,"message":"File Not Found"}})", "404 Not Found");
}

void stub_server::end_request(stub_connection& client) {
  send(client, client.answer);
  if (client.period.count() == 0) return;
  client.is_streaming = true;
  ++streams_;
  const auto now = clock::now().time_since_epoch();
  auto due = now - now % client.period + client.first_event;
  if (due < now) due += client.period;
  ticks_.push({clock::time_point{due}, client.socket.number(), client.serial});
}

void stub_server::send_due_events() {
  const auto now = clock::now();
  if (ticks_.empty() || now < std::max(ticks_.top().due, last_sent_ + shortest_gap)) return;
  last_sent_ = now;
  // A bound, so that requests are served even if there is more to send than time.
  for (int left = 256; left > 0 && !ticks_.empty() && ticks_.top().due <= now; --left) {
    auto next = ticks_.top();
    ticks_.pop();
    const auto found = clients_.find(next.descriptor);
    if (found == clients_.end() || found->second->serial != next.serial) continue;
    auto& client = *found->second;
    if (client.unsent.empty()) send(client, event_.stamped());  // a reader too slow misses events
    next.due += client.period;
    ticks_.push(next);
  }
}

void stub_server::send(stub_connection& client, std::string_view text) {
  if (client.unsent.empty()) {
    const auto sent = ::send(client.socket.number(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return;  // the read tells that it is gone
    text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  }
  if (text.empty()) return;
  client.unsent.append(text);
  const int number = client.socket.number();
  poller_.change(number, EPOLLIN | EPOLLOUT, static_cast<std::uint64_t>(number));
}

void stub_server::flush(stub_connection& client) {
  const auto text = std::exchange(client.unsent, {});
  const int number = client.socket.number();
  poller_.change(number, EPOLLIN, static_cast<std::uint64_t>(number));
  send(client, text);
}

void stub_server::drop(int descriptor) {
  const auto found = clients_.find(descriptor);
  if (found == clients_.end()) return;
  if (found->second->is_streaming) --streams_;
  clients_.erase(found);
}

std::string help_text() {
  const std::ifstream recorded(BENCH_LLAMA_SERVER_HELP);
  if (!recorded) throw std::runtime_error("cannot open " BENCH_LLAMA_SERVER_HELP);
  std::ostringstream text;
  text << recorded.rdbuf()
       << "\n----- bench params -----\n\n"
          "--bench-cpus LIST                       CPUs to run on\n"
          "--bench-owner PID                       end when this process has ended\n";
  return text.str();
}

}  // namespace

int run_stub_server(const std::vector<std::string>& arguments) {
  stub_options chosen;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& word = arguments[i];
    const auto value = [&] { return i + 1 < arguments.size() ? arguments[i + 1] : std::string{}; };
    if (word == "--help") return std::fputs(help_text().c_str(), stdout) < 0 ? 1 : 0;
    if (word == "--version")
      return std::fputs("version: 0.7.0 (build 11669, commit bench)\n", stderr) < 0 ? 1 : 0;
    if (word == "--port") chosen.port = static_cast<std::uint16_t>(std::stoi(value()));
    if (word == "--model") chosen.model = value();
    if (word == "--bench-cpus") chosen.cpus = parse_cpus(value());
    if (word == "--bench-owner") chosen.owner = std::stoi(value());
  }
  if (!chosen.cpus.empty()) pin_this_process(chosen.cpus);
  raise_descriptor_limit();
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  stub_server(chosen).serve();
  return 0;
}

}  // namespace rolecall::bench
