#include "orchestrator/log/log_form.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <ctime>

#include <rapidjson/encodings.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <sys/stat.h>
#include <unistd.h>

namespace rolecall {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string valid_utf8(std::string_view text) {
  if (is_ascii(text)) return std::string{text};
  constexpr unsigned replacement = 0xFFFD;
  rapidjson::MemoryStream in{text.data(), text.size()};
  rapidjson::StringBuffer out;
  while (in.Tell() < text.size()) {
    unsigned code_point = 0;
    const bool is_valid = rapidjson::UTF8<>::Decode(in, &code_point);
    rapidjson::UTF8<>::Encode(out, is_valid ? code_point : replacement);
  }
  return {out.GetString(), out.GetSize()};
}

bool needs_quotes(std::string_view value) {
  return std::ranges::any_of(
      value, [](char c) { return c == ' ' || c == '"' || c == '=' || is_control(c); });
}

void append_quoted(std::string& line, std::string_view value) {
  line += '"';
  for (const char c : value) {
    if (c == '\n')
      line += "\\n";
    else if (c == '"' || c == '\\')
      (line += '\\') += c;
    else
      line += is_control(c) ? '?' : c;
  }
  line += '"';
}

void append_json_string(std::string& line, std::string_view value) {
  const auto text = valid_utf8(value);
  rapidjson::StringBuffer quoted;
  rapidjson::Writer<rapidjson::StringBuffer> writer{quoted};
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  line.append(quoted.GetString(), quoted.GetSize());
}

// RFC 3339, in UTC, to the millisecond.
void append_time(std::string& line, std::chrono::system_clock::time_point time) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const auto seconds = static_cast<std::time_t>(milliseconds / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, sizeof "2000-01-01T00:00:00."> text{};
  std::strftime(text.data(), text.size(), "%FT%T.", &utc);
  const auto fraction = std::to_string(milliseconds % 1000);
  line.append(text.data()).append(3 - fraction.size(), '0').append(fraction) += 'Z';
}

// Key and what stands between it and its value.
void append_key(std::string& line, log_format format, std::string_view key) {
  if (format == log_format::json)
    line.append(",\"").append(key).append("\":");
  else
    ((line += ' ') += key) += '=';
}

}  // namespace

std::optional<log_format> find_log_format(std::string_view name) noexcept {
  if (name == "text") return log_format::text;
  if (name == "json") return log_format::json;
  return std::nullopt;
}

log_form form_for(log_format format, bool is_terminal, bool is_journal) noexcept {
  return {format, format == log_format::json ? is_journal : !is_terminal};
}

log_form form_for_stderr(log_format format) {
  const char* const journal = std::getenv("JOURNAL_STREAM");
  struct stat own {};
  const bool is_journal = journal != nullptr && ::fstat(STDERR_FILENO, &own) == 0 &&
                          names_stream(journal, own.st_dev, own.st_ino);
  return form_for(format, ::isatty(STDERR_FILENO) == 1, is_journal);
}

bool names_stream(std::string_view journal_stream, std::uint64_t device,
                  std::uint64_t inode) noexcept {
  const auto* const end = journal_stream.data() + journal_stream.size();
  std::uint64_t told_device = 0;
  std::uint64_t told_inode = 0;
  const auto first = std::from_chars(journal_stream.data(), end, told_device);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != ':') return false;
  const auto second = std::from_chars(first.ptr + 1, end, told_inode);
  return second.ec == std::errc{} && second.ptr == end && told_device == device &&
         told_inode == inode;
}

void begin_line(std::string& line, log_form form, const log_head& head) {
  if (form.prefixed)
    ((line += '<') += static_cast<char>('0' + static_cast<int>(head.level))) += '>';
  if (form.format == log_format::text) {
    line += head.event;
    return;
  }
  append_time(line += "{\"time\":\"", head.time);
  line.append("\",\"level\":\"").append(to_string(head.level));
  line.append("\",\"component\":\"").append(to_string(head.from));
  line.append("\",\"event\":\"").append(head.event) += '"';
}

void append_member(std::string& line, log_format format, std::string_view key,
                   std::string_view value) {
  if (value.empty()) return;
  append_key(line, format, key);
  if (format == log_format::json)
    append_json_string(line, value);
  else if (needs_quotes(value))
    append_quoted(line, valid_utf8(value));
  else
    line += valid_utf8(value);
}

void append_member(std::string& line, log_format format, std::string_view key, std::int64_t value) {
  append_key(line, format, key);
  line += std::to_string(value);
}

void append_member(std::string& line, log_format format, std::string_view key, double value) {
  constexpr double largest = 1e15;  // beyond it a double counts no millionths
  constexpr int decimals = 6;
  if (!std::isfinite(value) || std::abs(value) > largest) return;
  append_key(line, format, key);
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value,
                                     std::chars_format::fixed, decimals);
  line.append(text.data(), written.ptr);
}

void end_line(std::string& line, log_format format) {
  if (format == log_format::json) line += '}';
  line += '\n';
}

}  // namespace rolecall
