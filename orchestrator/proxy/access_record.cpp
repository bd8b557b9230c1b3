#include "orchestrator/proxy/access_record.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace rolecall::proxy {
namespace {

constexpr std::size_t longest_path = 2048;

// By hand: it runs on data threads, once per request.
void append_text(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out.append({'\\', c});
    else if (byte >= ' ' && byte <= '~')
      out += c;
    else
      out.append("\\u00").append({digits[byte >> 4U], digits[byte & 0xFU]});
  }
  out += '"';
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  if (text.empty())
    out.append("null");
  else
    append_text(out, text);
}

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits{};
  out.append(digits.begin(), std::to_chars(digits.begin(), digits.end(), value).ptr);
}

void append_member(std::string& out, std::string_view name, std::uint64_t value) {
  out.append(",\"").append(name).append("\":");
  append_number(out, value);
}

// Whole microseconds, as seconds.
void append_member(std::string& out, std::string_view name,
                   std::optional<access_record::seconds> time) {
  out.append(",\"").append(name).append("\":");
  if (!time) {
    out.append("null");
    return;
  }
  constexpr std::uint64_t million = 1'000'000;
  const auto micros =
      static_cast<std::uint64_t>(std::max(time->count(), 0.0) * static_cast<double>(million) + 0.5);
  append_number(out, micros / million);
  out += '.';
  auto fraction = std::to_string(micros % million);
  out.append(6 - fraction.size(), '0').append(fraction);
}

// RFC 3339, in UTC, to the millisecond. The part to the second is kept, as most lines share it.
void append_time(std::string& out, std::chrono::system_clock::time_point time) {
  thread_local std::time_t known = -1;
  thread_local std::array<char, 24> text{};
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const auto second = static_cast<std::time_t>(millis / 1000);
  if (second != known) {
    std::tm utc{};
    ::gmtime_r(&second, &utc);
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S.", &utc);
    known = second;
  }
  const auto rest = static_cast<unsigned>(millis % 1000);
  out += '"';
  out.append(text.data());
  for (const unsigned unit : {100U, 10U, 1U}) out += static_cast<char>('0' + rest / unit % 10);
  out.append("Z\"");
}

}  // namespace

std::string_view to_string(request_outcome outcome) noexcept {
  switch (outcome) {
    case request_outcome::answered:
      return "answered";
    case request_outcome::incomplete:
      return "incomplete";
    case request_outcome::own_page:
      return "page";
    case request_outcome::refused:
      return "refused";
    case request_outcome::client_gone:
      return "client_gone";
  }
  return "";
}

void append_line(std::string& out, const access_record& record) {
  auto path = record.target.substr(0, record.target.find('?'));
  // The absolute form may hold a password.
  if (const auto authority = path.find("://"); authority != std::string_view::npos)
    path = path.substr(std::min(path.find('/', authority + 3), path.size()));
  path = path.substr(0, longest_path);
  out.append("{\"time\":");
  append_time(out, record.arrived);
  append_member(out, "request_id", record.request_id);
  append_member(out, "trace_id", record.trace_id);
  append_member(out, "client", record.client);
  append_member(out, "key", record.key);
  append_member(out, "role", record.role);
  append_member(out, "instance", record.instance);
  append_member(out, "method", record.method);
  append_member(out, "path", path);
  append_member(out, "status", record.status);
  append_member(out, "bytes_in", record.bytes_in);
  append_member(out, "bytes_out", record.bytes_out);
  append_member(out, "queue_seconds", record.queue);
  append_member(out, "first_byte_seconds", record.first_byte);
  append_member(out, "total_seconds", std::optional{record.total});
  append_member(out, "outcome", to_string(record.outcome));
  out.append("}\n");
}

}  // namespace rolecall::proxy
