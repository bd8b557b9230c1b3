#include "orchestrator/proxy/multipart_model.hpp"

#include <algorithm>
#include <cstring>

#include <boost/beast/core/string.hpp>

namespace rolecall::proxy {
namespace {

using boost::beast::iequals;

constexpr std::string_view form_type = "multipart/form-data";
constexpr std::string_view line_end = "\r\n";
constexpr std::string_view wanted_field = "model";
constexpr std::size_t longest_boundary = 70;
constexpr std::size_t largest_part_header = 8 << 10;
constexpr std::size_t most_part_fields = 32;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// As std::string_view::find, but as fast whatever the bytes.
std::size_t find(std::string_view text, std::string_view part) {
  if (text.size() < part.size()) return std::string_view::npos;
  const void* found = ::memmem(text.data(), text.size(), part.data(), part.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

// A token, or a quoted string (RFC 9110 section 5.6); taken off the front of `text`.
std::optional<std::string> take_value(std::string_view& text) {
  if (!text.starts_with('"')) {
    const auto end = std::min(text.find(';'), text.size());
    std::string token{trimmed(text.substr(0, end))};
    text.remove_prefix(end);
    return token;
  }
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  return std::nullopt;
}

// The parameter `name` of a field such as `form-data; name="model"`; nullopt: none, or not so
// written.
std::optional<std::string> parameter(std::string_view field, std::string_view name) {
  auto rest = field.substr(std::min(field.find(';'), field.size()));
  while (rest.starts_with(';')) {
    rest = trimmed(rest.substr(1));
    const auto equals = rest.find_first_of("=;");
    if (equals == std::string_view::npos || rest[equals] == ';') {
      rest.remove_prefix(std::min(equals, rest.size()));
      continue;
    }
    const auto found = trimmed(rest.substr(0, equals));
    rest = trimmed(rest.substr(equals + 1));
    auto value = take_value(rest);
    if (!value) return std::nullopt;
    if (iequals(found, name)) return value;
    rest = trimmed(rest);
  }
  return std::nullopt;
}

body_fault refused(std::string_view reason) {
  return {.what = body_fault::kind::malformed,
          .message = "cannot read the request's form: " + std::string{reason}};
}

// Goes through a form's parts.
class form_reader {
 public:
  // `boundary` as the Content-Type gives it.
  form_reader(std::string_view body, const std::string& boundary)
      : rest_(body), delimiter_("\r\n--" + boundary) {}

  // To the first part's header. False: there is none.
  bool begin() {
    const auto at_start = std::string_view{delimiter_}.substr(line_end.size());
    if (rest_.starts_with(at_start)) {
      rest_.remove_prefix(at_start.size());
      if (ends_delimiter()) return true;
    }
    return skip_content();
  }

  // The part's header, taken; why not, if there is a fault.
  struct part_header {
    bool is_model = false;
    std::string_view fault;
  };
  part_header header() {
    part_header found;
    const auto limit = rest_.data() + std::min(rest_.size(), largest_part_header);
    for (std::size_t fields = 0;; ++fields) {
      const std::string_view allowed{rest_.data(), static_cast<std::size_t>(limit - rest_.data())};
      const auto end = allowed.find(line_end);
      if (end == std::string_view::npos)
        return {.fault = limit == rest_.data() + rest_.size()
                             ? "it ends within a part's header"
                             : "a part's header is larger than 8 KiB"};
      const auto line = rest_.substr(0, end);
      // What ends a header may begin the delimiter of a part without content.
      if (line.empty()) return found;
      rest_.remove_prefix(end + line_end.size());
      if (fields == most_part_fields) return {.fault = "a part's header has more than 32 fields"};
      const auto colon = line.find(':');
      if (line.starts_with(std::string_view{delimiter_}.substr(line_end.size())))
        return {.fault = "a part's header does not end"};
      if (colon == std::string_view::npos || is_blank(line.front()))
        return {.fault = "a part's header has a line that is no field"};
      if (!iequals(trimmed(line.substr(0, colon)), "Content-Disposition")) continue;
      const auto value = line.substr(colon + 1);
      found.is_model = parameter(value, "name") == wanted_field && !parameter(value, "filename");
    }
  }

  // The part's content, taken with the delimiter after it; nullopt: the body ends before.
  std::optional<std::string_view> content() {
    const auto* begin = rest_.data() + line_end.size();  // of the header's empty line
    if (!skip_content()) return std::nullopt;
    return std::string_view{begin, std::max(begin, content_end_)};
  }

  // Whether the delimiter taken last was the form's end.
  [[nodiscard]] bool is_last() const noexcept { return is_last_; }

 private:
  // To behind the next delimiter. The bytes of one in the midst of a line are content.
  bool skip_content() {
    while (true) {
      const auto at = find(rest_, delimiter_);
      if (at == std::string_view::npos) return false;
      content_end_ = rest_.data() + at;
      rest_.remove_prefix(at + delimiter_.size());
      if (ends_delimiter()) return true;
    }
  }

  // What may follow a delimiter: `--`, or blanks and the end of its line (RFC 2046 section 5.1.1).
  bool ends_delimiter() {
    is_last_ = rest_.starts_with("--");
    if (is_last_) return true;
    const auto end = std::min(rest_.find_first_not_of(" \t"), rest_.size());
    if (!rest_.substr(end).starts_with(line_end)) return false;
    rest_.remove_prefix(end + line_end.size());
    return true;
  }

  std::string_view rest_;
  std::string delimiter_;
  const char* content_end_ = nullptr;
  bool is_last_ = false;
};

}  // namespace

bool is_multipart_form(std::string_view content_type) {
  const auto type = content_type.substr(0, std::min(content_type.find(';'), content_type.size()));
  return iequals(trimmed(type), form_type);
}

boost::system::result<std::optional<std::string>, body_fault> multipart_model(
    std::string_view content_type, std::string_view body) {
  const auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > longest_boundary)
    return refused("its Content-Type has no boundary of 1 to 70 characters");
  form_reader form(body, *boundary);
  if (!form.begin()) return refused("the boundary of its Content-Type is not in it");
  while (!form.is_last()) {
    const auto header = form.header();
    if (!header.fault.empty()) return refused(header.fault);
    const auto content = form.content();
    if (!content) return refused("its end is missing");
    if (!header.is_model) continue;
    if (content->size() > body_fact_finder::longest_model)
      return refused("\"model\" is longer than 1024 bytes");
    if (content->empty()) return std::optional<std::string>{};
    return std::optional<std::string>{*content};
  }
  return std::optional<std::string>{};
}

}  // namespace rolecall::proxy
