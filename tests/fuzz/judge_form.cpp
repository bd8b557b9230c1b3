#include "orchestrator/proxy/multipart_model.hpp"
#include "tests/fuzz/judgement.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace rolecall::test {
namespace {

// The parts of a body by its lines, in the plainest way; each begins with its header.
struct plain_form {
  std::vector<std::string_view> parts;
  bool has_end = false;
};

plain_form take_apart(std::string_view body, const std::string& boundary) {
  plain_form form;
  std::optional<std::size_t> part;
  for (std::size_t line = 0; line <= body.size();) {
    const auto line_end = body.find("\r\n", line);
    const auto text = body.substr(line, std::min(line_end, body.size()) - line);
    if (text.starts_with("--" + boundary)) {
      const auto rest = text.substr(boundary.size() + 2);
      const bool last = rest.starts_with("--");
      const bool blank = rest.find_first_not_of(" \t") == std::string_view::npos;
      if (last || (blank && line_end != std::string_view::npos)) {
        if (part) form.parts.push_back(body.substr(*part, std::max(line, *part + 2) - 2 - *part));
        if (last) {
          form.has_end = true;
          return form;
        }
        part = line_end + 2;
      }
    }
    if (line_end == std::string_view::npos) return form;
    line = line_end + 2;
  }
  return form;
}

}  // namespace

judgement judge_form(std::string_view bytes) {
  const auto line_end = std::min(bytes.find('\n'), bytes.size());
  const auto type = bytes.substr(0, line_end);
  const auto body = bytes.substr(std::min(line_end + 1, bytes.size()));
  const auto found = proxy::multipart_model(type, body);
  judgement result{.valid = found.has_value(), .broken = {}};
  if (!found) {
    if (found.error().message.empty()) result.broken = "a fault says nothing";
    return result;
  }
  constexpr std::string_view plainly = "multipart/form-data; boundary=";
  if (!type.starts_with(plainly)) return result;
  const std::string boundary{type.substr(plainly.size())};
  if (boundary.find_first_of("\";\\ \t") != std::string::npos) return result;
  const auto form = take_apart(body, boundary);
  if (!*found) {
    if (!form.has_end && form.parts.empty()) result.broken = "a form without parts is taken";
    return result;
  }
  const bool is_content = std::ranges::any_of(form.parts, [&](std::string_view part) {
    const auto header_end = part.find("\r\n\r\n");
    return header_end != std::string_view::npos && part.substr(header_end + 4) == **found &&
           part.substr(0, header_end).find('=') != std::string_view::npos;
  });
  if (!is_content) result.broken = "the model is no part's content";
  return result;
}

}  // namespace rolecall::test
