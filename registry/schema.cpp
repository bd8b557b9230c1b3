#include "registry/keys.hpp"
#include "registry/quantities.hpp"
#include "registry/reference.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rolecall::registry {

namespace {

constexpr std::string_view bytes_pattern =
    R"(^[0-9]+(\\.[0-9]+)? *(B|KiB|MiB|GiB|TiB|KB|MB|GB|TB)$)";
constexpr std::string_view duration_pattern = "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$";
constexpr std::string_view numbers_pattern = "^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$";
constexpr std::string_view name_pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

/// Writes nested objects and lists with indentation.
class json_writer {
 public:
  void open(std::string_view name, char bracket) {
    start(name);
    text_ += bracket;
    ++depth_;
    is_first_ = true;
  }
  void close(char bracket) {
    --depth_;
    text_ += '\n' + indent();
    text_ += bracket;
    is_first_ = false;
  }
  /// `value` is JSON already.
  void put(std::string_view name, std::string_view value) {
    start(name);
    text_ += value;
  }
  void put_text(std::string_view name, std::string_view value) { put(name, in_quotes(value)); }
  std::string take() { return std::move(text_) + "\n"; }

 private:
  std::string indent() const { return std::string(static_cast<std::size_t>(depth_) * 2, ' '); }
  void start(std::string_view name) {
    if (depth_ > 0) text_ += (is_first_ ? "\n" : ",\n") + indent();
    is_first_ = false;
    if (!name.empty()) text_ += in_quotes(name) + ": ";
  }

  std::string text_;
  int depth_ = 0;
  bool is_first_ = true;
};

std::string list_of(const std::vector<std::string>& items) {
  std::string text = "[";
  for (std::size_t i = 0; i < items.size(); ++i) text += (i > 0 ? ", " : "") + items[i];
  return text + "]";
}

void write_section(json_writer& out, const section& s, bool nullable = false);

/// Words that `choice` accepts. Editors that read YAML 1.1 hand "on" and "off" over as booleans.
void write_choice(json_writer& out, const key& k) {
  std::vector<std::string> words;
  bool has_switch = false;
  for (const std::string_view word : k.choices) {
    words.push_back(in_quotes(word));
    has_switch = has_switch || word == "on";
  }
  if (has_switch) words.insert(words.end(), {"true", "false"});
  out.put("enum", list_of(words));
}

/// Sizes and durations: a pattern, and whole numbers or words besides.
void write_quantity(json_writer& out, std::string_view pattern, bool or_number,
                    std::string_view or_word) {
  const std::string whole = or_word.empty()
                                ? std::string(pattern)
                                : "^(" + std::string(or_word) + "|" +
                                      std::string(pattern.substr(1, pattern.size() - 2)) + ")$";
  out.put("type", or_number ? R"(["string", "integer"])" : R"("string")");
  out.put("pattern", "\"" + whole + "\"");
  if (or_number) out.put("minimum", "0");
}

void write_one_or_many(json_writer& out, std::string_view item) {
  out.put("anyOf", "[" + std::string(item) +
                       ", {\"type\": \"array\", \"items\": " + std::string(item) + "}]");
}

void write_value(json_writer& out, const key& k) {
  const std::string text_list = R"({"type": ["string", "number"]})";
  switch (k.kind) {
    case value_kind::text:
      out.put("type", R"(["string", "number"])");
      break;
    case value_kind::path:
      out.put_text("type", "string");
      break;
    case value_kind::name:
      out.put_text("type", "string");
      out.put_text("pattern", name_pattern);
      break;
    case value_kind::boolean:
      out.put("enum", R"([true, false, "on", "off", "yes", "no"])");
      break;
    case value_kind::integer:
      out.put_text("type", "integer");
      out.put("minimum", std::to_string(k.low));
      out.put("maximum", std::to_string(k.high));
      break;
    case value_kind::number:
      out.put_text("type", "number");
      out.put("minimum", std::to_string(k.low));
      out.put("maximum", std::to_string(k.high));
      break;
    case value_kind::bytes:
      write_quantity(out, bytes_pattern, true, "");
      break;
    case value_kind::bytes_or_auto:
      write_quantity(out, bytes_pattern, true, "auto");
      break;
    case value_kind::duration:
      write_quantity(out, duration_pattern, false, "");
      break;
    case value_kind::duration_or_never:
      write_quantity(out, duration_pattern, false, "never");
      break;
    case value_kind::share:
      out.put("type", R"(["string", "number"])");
      out.put("pattern", R"("^[0-9]+(\\.[0-9]+)?%$")");
      out.put("minimum", "0");
      out.put("maximum", "0." + std::to_string(k.high));
      break;
    case value_kind::choice:
      write_choice(out, k);
      break;
    case value_kind::number_list:
      out.put("type", R"(["string", "integer"])");
      out.put_text("pattern", numbers_pattern);
      break;
    case value_kind::nodes:
      out.put("type", R"(["string", "integer"])");
      out.put_text(
          "pattern",
          "^(all|" + std::string(numbers_pattern.substr(1, numbers_pattern.size() - 2)) + ")$");
      break;
    case value_kind::ports:
      write_one_or_many(
          out,
          R"({"type": ["string", "integer"], "pattern": "^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$", )"
          R"("minimum": 1, "maximum": 65535})");
      break;
    case value_kind::endpoints:
      write_one_or_many(out, R"({"type": "string", "pattern": "^(unix:.+|.+:[0-9]{1,5})$"})");
      break;
    case value_kind::tcp_endpoints:
      write_one_or_many(out, R"({"type": "string", "pattern": "^.+:[0-9]{1,5}$"})");
      break;
    case value_kind::text_list:
    case value_kind::path_list:
      out.put_text("type", "array");
      out.put("items", text_list);
      break;
    case value_kind::section:
      write_section(out, *k.inner, k.nullable);
      break;
    case value_kind::named_sections:
      out.put_text("type", "object");
      out.put("propertyNames", "{\"pattern\": " + in_quotes(name_pattern) + "}");
      out.open("additionalProperties", '{');
      write_section(out, *k.inner);
      out.close('}');
      break;
    case value_kind::section_list:
      out.put_text("type", "array");
      out.open("items", '{');
      write_section(out, *k.inner);
      out.close('}');
      break;
  }
}

void write_default(json_writer& out, const key& k) {
  if (k.fallback.empty()) return;
  const bool is_bare = k.kind == value_kind::integer || k.kind == value_kind::boolean;
  out.put("default", is_bare ? std::string(k.fallback) : in_quotes(k.fallback));
}

void write_section(json_writer& out, const section& s, bool nullable) {
  out.put("type", nullable ? R"(["object", "null"])" : R"("object")");
  out.put("additionalProperties", "false");
  std::vector<std::string> required;
  for (const key& k : s.keys) {
    if (k.required) required.push_back(in_quotes(k.name));
  }
  if (!required.empty()) out.put("required", list_of(required));
  out.open("properties", '{');
  for (const key& k : s.keys) {
    out.open(k.name, '{');
    out.put_text("description", k.meaning);
    write_default(out, k);
    write_value(out, k);
    out.close('}');
  }
  out.close('}');
}

}  // namespace

std::string json_schema() {
  json_writer out;
  out.open("", '{');
  out.put_text("$schema", "https://json-schema.org/draft/2020-12/schema");
  out.put_text("title", "Rolecall's model_registry.yaml");
  write_section(out, root_section());
  out.close('}');
  return out.take();
}

}  // namespace rolecall::registry
