#include "tests/soak/random_client.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace rolecall::test {
namespace {

constexpr std::size_t largest_body = 1 << 20;
constexpr std::size_t smallest_body = 16;
constexpr std::size_t usual_body = 4 << 10;
constexpr std::string_view own_page = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view error_event = "data: {\"error\":";

// So that a stream's body and the error event behind it can be told apart.
bool is_beginning_of(std::string_view text, std::string_view whole) {
  return whole.substr(0, text.size()) == text;
}

}  // namespace

std::string random_client::received_answer::field(std::string_view name) const {
  return wire_message{.head = head, .body = {}}.field(name);
}

bool random_client::received_answer::keeps_connection() const {
  return complete && field("Connection") == "keep-alive";
}

random_client::random_client(std::uint32_t id, std::uint64_t seed, std::uint16_t port,
                             const std::vector<std::string>& roles, const fates& known,
                             findings& seen)
    : id_(id), random_(seed), port_(port), roles_(roles), fates_(known), findings_(seen) {}

std::size_t random_client::below(std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
}

void random_client::run(const std::atomic<bool>& stopping) {
  while (!stopping) {
    try {
      talk();
    } catch (const std::exception& failure) {
      findings_.violation("client " + std::to_string(id_) + ": " + failure.what());
    }
  }
}

void random_client::talk() {
  constexpr int small_buffer = 4096;
  const bool slowly = below(20) == 0;
  auto connection = peer::connect(port_, slowly ? small_buffer : 0);
  const auto requests = 1 + below(12);
  for (std::size_t i = 0; i < requests; ++i) {
    switch (below(30)) {
      case 0:
      case 1:
        return abandon(connection);
      case 2:
        return send_half(connection);
      case 3:
        return send_nonsense(connection);
      case 4:
      case 5:
        return ask_at_once(connection);
      case 6:
        if (!ask_own_page(connection)) return;
        break;
      default:
        if (!ask_in_turn(connection, slowly)) return;
    }
  }
}

random_client::sent_request random_client::next_request(std::size_t largest) {
  static constexpr std::array<std::string_view, 4> forms = {"length", "chunks", "stream", "close"};
  const auto size_below = [&](std::size_t end) { return smallest_body + below(end); };
  const bool large = below(20) == 0;
  sent_request asked;
  asked.which = {.client = id_, .request = next_++};
  asked.size = size_below(large ? largest - smallest_body : usual_body);
  asked.is_head = below(25) == 0;
  const bool has_body = !asked.is_head && below(3) != 0;
  const auto body =
      has_body ? answer_body(asked.which,
                             size_below(below(20) == 0 ? largest - smallest_body : usual_body))
               : std::string{};
  // What belongs to HEAD has a length: the upstream sends a head alone.
  const auto form = forms[below(forms.size())];
  asked.text = std::string{asked.is_head ? "HEAD"
                           : has_body    ? "POST"
                                         : "GET"} +
               " /roles/" + roles_[below(roles_.size())] +
               "/soak HTTP/1.1\r\nHost: a\r\nX-Nonce: " + asked.which.text() +
               "\r\nX-Size: " + std::to_string(asked.size) + "\r\nX-Form: " + std::string{form} +
               "\r\nX-Checksum: " + std::to_string(checksum(body)) + "\r\n";
  if (has_body && below(4) == 0) {
    std::array<char, 32> size{};
    const auto digits = std::snprintf(size.data(), size.size(), "%zx\r\n", body.size());
    asked.text += "Transfer-Encoding: chunked\r\n\r\n";
    asked.text.append(size.data(), static_cast<std::size_t>(digits));
    asked.text += body + "\r\n0\r\n\r\n";
  } else {
    if (has_body) asked.text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    asked.text += "\r\n" + body;
  }
  return asked;
}

random_client::received_answer random_client::receive(peer& connection, bool is_head, bool slowly) {
  received_answer answer;
  const auto take = [&](std::size_t size) {
    constexpr std::size_t small_step = 2000;
    while (size != 0) {
      const auto piece = connection.receive_bytes(slowly ? std::min(size, small_step) : size);
      answer.body += piece;
      size -= piece.size();
      if (slowly) std::this_thread::sleep_for(std::chrono::microseconds{200});
    }
  };
  try {
    answer.head = connection.receive_to("\r\n\r\n");
    if (is_head) {
      answer.complete = true;
    } else if (answer.field("Transfer-Encoding") == "chunked") {
      std::size_t size = 0;
      while ((size = std::stoul(connection.receive_to("\r\n"), nullptr, 16)) != 0) {
        take(size);
        connection.receive_to("\r\n");
      }
      connection.receive_to("\r\n");
      answer.complete = true;
    } else {
      take(std::stoul(answer.field("Content-Length")));
      answer.complete = true;
    }
  } catch (const std::exception& failure) {
    answer.too_late = std::string_view{failure.what()}.starts_with("nothing happened");
  }
  return answer;
}

bool random_client::ask_in_turn(peer& connection, bool slowly) {
  const auto asked = next_request(slowly ? 64 << 10 : largest_body);
  // A refusal may come, and the connection end, before all of the request was taken.
  static_cast<void>(connection.try_send(asked.text));
  return judge(asked, receive(connection, asked.is_head, slowly));
}

void random_client::ask_at_once(peer& connection) {
  std::vector<sent_request> ahead;
  std::string text;
  const auto count = 2 + below(7);
  for (std::size_t i = 0; i < count; ++i) {
    ahead.push_back(next_request(2 * usual_body));
    text += ahead.back().text;
  }
  static_cast<void>(connection.try_send(text));
  for (const auto& asked : ahead) {
    if (judge(asked, receive(connection, asked.is_head, false))) continue;
    return;  // what is behind the connection's last answer is not answered
  }
}

void random_client::abandon(peer& connection) {
  constexpr std::size_t least_answer = 64;  // bytes that any answer has, its head included
  const auto asked = next_request(largest_body);
  static_cast<void>(connection.try_send(asked.text));
  ++findings_.abandoned;
  switch (below(4)) {
    case 0:
      break;
    case 1:
      std::this_thread::sleep_for(std::chrono::microseconds{below(50'000)});
      break;
    default:
      try {
        connection.receive_bytes(1 + below(least_answer));
      } catch (const std::exception&) {
        // The connection ended before.
      }
  }
  if (below(2) == 0) connection.reset();
}

void random_client::send_half(peer& connection) {
  const auto text = next_request(usual_body).text;
  static_cast<void>(connection.try_send(std::string_view{text}.substr(0, below(text.size()))));
  ++findings_.abandoned;
}

void random_client::send_nonsense(peer& connection) {
  static_cast<void>(
      connection.try_send("POST /roles/solo/soak HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
  const auto answer = receive(connection, false, false);
  if (answer.complete && answer.head.starts_with("HTTP/1.1 400 "))
    ++findings_.own_pages;
  else
    findings_.violation("a request of two readings got '" + answer.head + "'");
}

bool random_client::ask_own_page(peer& connection) {
  static_cast<void>(connection.try_send(own_page));
  const auto answer = receive(connection, false, false);
  if (answer.complete && answer.head.starts_with("HTTP/1.1 200 "))
    ++findings_.own_pages;
  else
    findings_.violation("GET /health got '" + answer.head + "'");
  return answer.keeps_connection();
}

bool random_client::judge(const sent_request& asked, const received_answer& answer) {
  ++findings_.requests;
  if (answer.too_late)
    violation(asked, "waits for its answer for too long", answer);
  else if (answer.head.empty())
    violation(asked, "got no answer", answer);
  else if (answer.field("X-Nonce").empty())
    judge_own(asked, answer);
  else
    judge_relayed(asked, answer);
  return answer.keeps_connection();
}

void random_client::judge_relayed(const sent_request& asked, const received_answer& answer) {
  if (answer.field("X-Nonce") != asked.which.text())
    return violation(asked, "got the answer of " + answer.field("X-Nonce"), answer);
  const auto expected = asked.is_head ? std::string{} : answer_body(asked.which, asked.size);
  const bool whole = fates_.of(asked.which) == fate::whole;
  if (answer.complete && answer.body == expected) {
    if (!whole) violation(asked, "got a whole answer that nobody sent", answer);
    ++findings_.answered;
    return;
  }
  auto begun = std::string_view{answer.body};
  if (answer.complete) {
    const auto event = begun.find(error_event);
    if (event == std::string_view::npos)
      return violation(asked, "got an answer that is not as it was sent", answer);
    begun = begun.substr(0, event);
    while (begun.ends_with('\n')) begun.remove_suffix(1);
  }
  if (!is_beginning_of(begun, expected))
    violation(asked, "got the beginning of some other answer", answer);
  else if (whole)
    violation(asked, "did not get the end of its answer", answer);
  ++findings_.broken_off;
}

void random_client::judge_own(const sent_request& asked, const received_answer& answer) {
  const auto known = fates_.of(asked.which);
  const bool is_told = asked.is_head || answer.body.find("\"code\":") != std::string::npos;
  if (!answer.complete || !is_told)
    return violation(asked, "got an error that tells nothing", answer);
  if (answer.head.starts_with("HTTP/1.1 429 ")) {
    ++findings_.refused;
  } else if (answer.head.starts_with("HTTP/1.1 502 ")) {
    if (known == fate::whole || known == fate::silent)
      violation(asked, "failed, but its upstream did not", answer);
    if (known == fate::unseen) ++findings_.never_sent;
    ++findings_.failed;
  } else if (answer.head.starts_with("HTTP/1.1 504 ")) {
    if (known != fate::silent)
      violation(asked, "timed out, but its upstream was not silent", answer);
    ++findings_.timed_out;
  } else {
    violation(asked, "got an error nobody expects", answer);
  }
}

void random_client::violation(const sent_request& asked, const std::string& what,
                              const received_answer& answer) {
  constexpr std::size_t shown = 300;
  findings_.violation("request " + asked.which.text() + " " + what + ": '" +
                      asked.text.substr(0, asked.text.find(' ')) + "', fate " +
                      std::to_string(static_cast<int>(fates_.of(asked.which))) + ", head '" +
                      answer.head + "', " + std::to_string(answer.body.size()) + " of " +
                      std::to_string(asked.size) + " bytes, '" + answer.body.substr(0, shown) +
                      "'");
}

}  // namespace rolecall::test
