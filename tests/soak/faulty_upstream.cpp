#include "tests/soak/faulty_upstream.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace rolecall::test {
namespace {

using namespace std::chrono_literals;

// Larger bodies need not be in the proxy's socket all at once.
constexpr std::size_t most_with_leftover = 8 << 10;
constexpr unsigned one_in_resets_at_accept = 200;

std::size_t below(std::mt19937_64& random, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}

std::string as_chunk(std::string_view text) {
  std::ostringstream out;
  out << std::hex << text.size() << "\r\n" << text << "\r\n";
  return out.str();
}

std::string head_of(const std::string& form, nonce which, std::size_t size, bool says_close) {
  std::string head = "HTTP/1.1 200 OK\r\nX-Nonce: " + which.text() + "\r\n";
  if (form == "stream") head += "Content-Type: text/event-stream\r\n";
  if (form == "length") head += "Content-Length: " + std::to_string(size) + "\r\n";
  if (form == "chunks" || form == "stream") head += "Transfer-Encoding: chunked\r\n";
  if (says_close) head += "Connection: close\r\n";
  return head + "\r\n";
}

}  // namespace

faulty_upstream::faulty_upstream(std::uint64_t seed, fates& known, findings& seen)
    : fates_(known), findings_(seen), seed_(seed), acceptor_([this] { accept_all(); }) {}

faulty_upstream::~faulty_upstream() {
  stopping_ = true;
  static_cast<void>(peer::connect(port()));
  acceptor_.join();
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return connections_ == 0; });
}

void faulty_upstream::accept_all() {
  generator random(seed_);
  while (true) {
    std::optional<peer> connection;
    try {
      connection.emplace(port_.accept());
    } catch (const std::exception&) {
      continue;  // nobody came for a while
    }
    if (stopping_) return;
    if (below(random, one_in_resets_at_accept) == 0) {
      ++findings_.resets_at_accept;
      connection->reset();
      continue;
    }
    const std::lock_guard lock(mutex_);
    ++connections_;
    std::thread([this, held = std::move(*connection), seed = random()]() mutable {
      serve(std::move(held), seed);
      const std::lock_guard ending(mutex_);
      --connections_;
      ended_.notify_all();
    }).detach();
  }
}

void faulty_upstream::serve(peer connection, std::uint64_t seed) {
  generator random(seed);
  bool is_spoiled = false;
  try {
    while (!serve_next(connection, random, is_spoiled)) {
    }
    is_spoiled = true;
    static_cast<void>(serve_next(connection, random, is_spoiled));
  } catch (const std::exception&) {
    // The other end is gone, or we are.
  }
}

// True: bytes that answer nothing were left behind, so no request may follow.
bool faulty_upstream::serve_next(peer& connection, generator& random, bool is_spoiled) {
  const auto asked = connection.receive_message();
  if (is_spoiled) findings_.violation("a request came on a connection with leftover bytes");
  nonce which;
  try {
    which = nonce::from(asked.field("X-Nonce"));
  } catch (const std::invalid_argument& failure) {
    findings_.violation("an upstream was asked what nobody asks: " + asked.head);
    throw;
  }
  if (asked.field("X-Checksum") != std::to_string(checksum(asked.body)))
    findings_.violation("the body of request " + which.text() + " did not arrive as it was sent");
  auto what = choose_fault(random);
  // Nothing but a body can be broken within.
  if (asked.head.starts_with("HEAD ") && concerns_body(what)) what = fault::none;
  if (what == fault::leftover &&
      (std::stoul(asked.field("X-Size")) > most_with_leftover || asked.field("X-Form") == "close"))
    what = fault::none;
  answer(connection, asked, which, what, random);
  return what == fault::leftover;
}

void faulty_upstream::answer(peer& connection, const wire_message& asked, nonce which, fault what,
                             generator& random) {
  auto form = asked.field("X-Form");
  if (what == fault::bad_chunk) form = "chunks";
  const auto body = answer_body(which, std::stoul(asked.field("X-Size")));
  const auto head = head_of(form, which, body.size(), what == fault::says_close);
  const auto close = [&](bool by_reset) {
    by_reset ? connection.reset() : connection.close();
    throw std::runtime_error("closed");
  };
  fates_.note(which, fate::broken);
  switch (what) {
    case fault::slow_head:
      std::this_thread::sleep_for(std::chrono::milliseconds{1 + below(random, 40)});
      break;
    case fault::interim:
      connection.send("HTTP/1.1 103 Early Hints\r\nX-Nonce: 0-0;\r\n\r\n");
      break;
    case fault::reset_unanswered:
    case fault::close_unanswered:
      close(what == fault::reset_unanswered);
      break;
    case fault::half_head:
      connection.send(std::string_view{head}.substr(0, 1 + below(random, head.size() - 1)));
      close(false);
      break;
    case fault::garbage_head:
      connection.send("SSH-2.0-OpenSSH_9.2\r\n\r\n");
      close(false);
      break;
    case fault::reset_after_head:
      connection.send(head);
      close(true);
      break;
    case fault::close_in_body:
    case fault::reset_in_body: {
      // A body that ends with its connection cannot be seen to be cut, except by a reset.
      if (form == "close" && what == fault::close_in_body) break;
      connection.send(head);
      const auto part = std::string_view{body}.substr(0, 1 + below(random, body.size() - 1));
      connection.send(form == "length" || form == "close" ? std::string{part} : as_chunk(part));
      close(what == fault::reset_in_body);
      break;
    }
    case fault::bad_chunk:
      connection.send(head + as_chunk(body.substr(0, body.size() / 2)) + "no chunk\r\n");
      static_cast<void>(connection.receive_all());
      close(false);
      break;
    case fault::silence:
      fates_.note(which, fate::silent);
      static_cast<void>(connection.receive_all());
      close(false);
      break;
    case fault::none:
    case fault::slow_body:
    case fault::says_close:
    case fault::closes_unsaid:
    case fault::leftover:
      break;
  }
  fates_.note(which, fate::whole);
  if (what == fault::leftover) {
    connection.send(head + (form == "length" ? body : as_chunk(body) + "0\r\n\r\n") + "leftover");
    return;
  }
  connection.send(head);
  if (!asked.head.starts_with("HEAD "))
    send_body(connection, body, form, what == fault::slow_body, random);
  if (what == fault::closes_unsaid)
    std::this_thread::sleep_for(std::chrono::microseconds{below(random, 3000)});
  if (form == "close" || what == fault::says_close || what == fault::closes_unsaid) close(false);
}

void faulty_upstream::send_body(peer& connection, std::string_view body, const std::string& form,
                                bool slowly, generator& random) {
  const bool chunked = form == "chunks" || form == "stream";
  while (!body.empty()) {
    auto size = slowly ? 1 + body.size() / (1 + below(random, 10)) : body.size();
    if (form == "stream") size = std::min(size, 1 + below(random, 4096));
    const auto piece = body.substr(0, size);
    body.remove_prefix(piece.size());
    connection.send(chunked ? as_chunk(piece) : std::string{piece});
    if (slowly) std::this_thread::sleep_for(std::chrono::microseconds{below(random, 4000)});
  }
  if (chunked) connection.send("0\r\n\r\n");
}

bool faulty_upstream::concerns_body(fault what) {
  switch (what) {
    case fault::leftover:
    case fault::reset_after_head:
    case fault::close_in_body:
    case fault::reset_in_body:
    case fault::bad_chunk:
      return true;
    case fault::none:
    case fault::slow_head:
    case fault::slow_body:
    case fault::interim:
    case fault::says_close:
    case fault::closes_unsaid:
    case fault::reset_unanswered:
    case fault::close_unanswered:
    case fault::half_head:
    case fault::garbage_head:
    case fault::silence:
      break;
  }
  return false;
}

faulty_upstream::fault faulty_upstream::choose_fault(generator& random) {
  // Of a thousand requests.
  static const std::vector<double> shares = {
      /* none */ 760,           /* slow_head */ 40,       /* slow_body */ 60,
      /* interim */ 20,         /* says_close */ 20,
      /* closes_unsaid */ 20,   /* leftover */ 20,
      /* reset_unanswered */ 7, /* close_unanswered */ 7,
      /* half_head */ 7,        /* garbage_head */ 7,
      /* reset_after_head */ 7, /* close_in_body */ 9,
      /* reset_in_body */ 9,    /* bad_chunk */ 7,
      /* silence */ 0.3};
  return static_cast<fault>(std::discrete_distribution<int>(shares.begin(), shares.end())(random));
}

}  // namespace rolecall::test
