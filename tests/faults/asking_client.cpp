#include "tests/faults/asking_client.hpp"

#include "tests/faults/wait_until.hpp"

#include <array>
#include <chrono>
#include <stdexcept>

namespace rolecall::test {

using std::chrono::steady_clock;

namespace {

// WARM roles compete for one place: most requests go to those that stay.
constexpr std::array roles = {"front", "back",  "upper", "lower", "front",
                              "back",  "upper", "lower", "left",  "right"};

// The engine's last word on a prompt repeats the prompt.
bool is_whole(const std::string& text, const std::string& nonce, bool streamed) {
  return text.find(nonce) != std::string::npos && text.find("\"stop\":true") != std::string::npos &&
         text.find("\"error\"") == std::string::npos && (!streamed || text.starts_with("data: "));
}

}  // namespace

void asking_client::run(const std::atomic<bool>& is_over) {
  while (wait_until([&] { return is_over || fleet_.door() != 0; }) && !is_over)
    if (const auto door = fleet_.door(); door != 0) ask(door);
}

void asking_client::ask(std::uint16_t door) {
  const std::string role = roles[draws_() % roles.size()];
  const bool streamed = draws_() % 2 == 0;
  const auto nonce = "nonce " + std::to_string(name_) + ' ' + std::to_string(++asked_);
  const auto body = R"({"model":")" + role + R"(","prompt":")" + nonce + R"(","n_predict":)" +
                    std::to_string(1 + draws_() % 48) + R"(,"ignore_eos":true,"stream":)" +
                    (streamed ? "true" : "false") + "}";
  const auto from = steady_clock::now();
  std::string seen;
  try {
    open_request sent(door, "/completion", body);
    const auto status = sent.status();
    const auto text = sent.rest();
    seen = std::to_string(status) + ' ' + text.value_or("(broken off)");
    if (status == 200 && text && is_whole(*text, nonce, streamed)) return record_.answered();
  } catch (const std::exception& failure) {
    seen = failure.what();
  }
  if (record_.excuses(role, from, steady_clock::now())) return record_.interrupted();
  constexpr std::size_t most_shown = 400;
  record_.lost(nonce + " to " + role + ": " + seen.substr(0, most_shown));
}

}  // namespace rolecall::test
