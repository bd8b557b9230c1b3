#include "orchestrator/proxy/waiting_comments.hpp"

#include "orchestrator/proxy/header_rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace rolecall::proxy {

namespace http = boost::beast::http;

namespace {

// The routes that stream (0.7.0); others read nothing into `stream`.
constexpr std::array<std::string_view, 5> streaming_ends = {"/completions", "/completion",
                                                            "/responses", "/messages", "/infill"};

bool streams(std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  return std::ranges::any_of(streaming_ends,
                             [path](std::string_view end) { return path.ends_with(end); });
}

}  // namespace

bool takes_comments(const request& asked, const role_request& to) noexcept {
  return to.role->comments && to.stream && !to.ollama && asked.version >= 11 && streams(to.target);
}

std::string comments_head(bool keep_alive, std::string_view request_id) {
  response_head head;
  head.status = 200;
  head.reason = "OK";
  head.fields.add(http::field::content_type, "Content-Type", "text/event-stream");
  head.fields.add(http::field::cache_control, "Cache-Control", "no-cache");
  head.fields.add(http::field::access_control_allow_origin, "Access-Control-Allow-Origin", "*");
  std::string text;
  write_response_head(text, head, body_framing::chunked, std::nullopt, keep_alive, {}, request_id);
  return text;
}

std::string waiting_comment(const wait_outlook& outlook) {
  const int loaded = outlook.loaded.load(std::memory_order_relaxed);
  if (loaded != wait_outlook::unknown) return ": loading " + std::to_string(loaded) + "%\n\n";
  const int before = outlook.before.load(std::memory_order_relaxed);
  if (before == wait_outlook::unknown) return ": waiting\n\n";
  return ": waiting, " + std::to_string(before) + " before you\n\n";
}

std::string chunk_of(std::string_view text) {
  std::array<char, 2 * sizeof(std::size_t)> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), text.size(), 16).ptr;
  std::string chunk(digits.begin(), end);
  return chunk.append("\r\n").append(text).append("\r\n");
}

}  // namespace rolecall::proxy
