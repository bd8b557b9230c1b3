#include "registry/mapping_reader.hpp"

#include "registry/quantities.hpp"
#include "registry/suggestion.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <stdexcept>

namespace rolecall::registry {

namespace {

constexpr std::size_t longest_name = 64;
constexpr int highest_cpu = 65'535;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::optional<bool> to_boolean(std::string_view text) {
  const std::string word = lower(text);
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  return std::nullopt;
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

std::string joined_path(std::string_view path, std::string_view name) {
  return path.empty() ? std::string(name) : std::string(path) + "." + std::string(name);
}

}  // namespace

void reading::error(position where, std::string message) {
  notes.push_back(
      {diagnostic::severity::error, file, where.line, where.column, std::move(message)});
}

void reading::warning(position where, std::string message) {
  notes.push_back(
      {diagnostic::severity::warning, file, where.line, where.column, std::move(message)});
}

std::string cannot_read(std::string_view path, std::string_view reason) {
  return "cannot read " + std::string(path) + ": " + std::string(reason);
}

std::string in_words(const yaml_node& node) {
  switch (node.what) {
    case yaml_node::kind::null:
      return "nothing";
    case yaml_node::kind::scalar:
      return "'" + node.text + "'";
    case yaml_node::kind::sequence:
      return "a list";
    case yaml_node::kind::mapping:
      return "a mapping";
  }
  return "";
}

bool is_name(std::string_view text) noexcept {
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && text.size() <= longest_name && is_alphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
         });
}

mapping_reader::mapping_reader(const yaml_node& node, const section& known, std::string path,
                               reading& context)
    : known_(known), path_(std::move(path)), context_(context) {
  if (node.what != yaml_node::kind::mapping) {
    context_.error(node.where,
                   cannot_read(path_.empty() ? "the registry" : path_,
                               "expected a mapping of keys to values, not " + in_words(node)));
    return;
  }
  is_mapping_ = true;
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const yaml_node& name = node.children[i];
    if (name.what != yaml_node::kind::scalar) {
      context_.error(name.where, cannot_read(path_, "a key is a word, not " + in_words(name)));
      continue;
    }
    if (const entry* first = entry_of(name.text)) {
      context_.error(name.where,
                     "duplicate key '" + name.text + "'" + (path_.empty() ? "" : " in " + path_) +
                         ": first written on line " + std::to_string(first->key->where.line));
      continue;
    }
    entries_.push_back({&name, &node.children[i + 1]});
    names_.push_back(name.text);
    const key* k = known_.find(name.text);
    if (k == nullptr) {
      context_.error(name.where, "unknown key '" + name.text + "'" +
                                     (path_.empty() ? "" : " in " + path_) +
                                     suggestion(name.text, known_.names(), "known keys are"));
      continue;
    }
    const yaml_node& value = node.children[i + 1];
    context_.places.emplace(joined_path(path_, name.text), value.where);
    if (value.what == yaml_node::kind::null && !k->nullable && !k->required) {
      context_.error(name.where, cannot_read(path_of(name.text), "the value is missing"));
    }
  }
  for (const key& k : known_.keys) {
    if (k.required && find(k.name) == nullptr) {
      context_.error(node.where, "missing key '" + std::string(k.name) + "'" +
                                     (path_.empty() ? "" : " in " + path_) + ": " +
                                     std::string(k.meaning));
    }
  }
}

const mapping_reader::entry* mapping_reader::entry_of(std::string_view name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const entry& e) { return e.key->text == name; });
  return found == entries_.end() ? nullptr : &*found;
}

const key& mapping_reader::described(std::string_view name) const {
  const key* found = known_.find(name);
  if (found == nullptr) {
    throw std::logic_error("key " + std::string(name) + " is not in the table of " +
                           std::string(known_.title));
  }
  return *found;
}

const yaml_node* mapping_reader::find(std::string_view name) const {
  const entry* found = entry_of(described(name).name);
  return found == nullptr || found->value->what == yaml_node::kind::null ? nullptr : found->value;
}

bool mapping_reader::is_null(std::string_view name) const {
  const entry* found = entry_of(described(name).name);
  return found != nullptr && found->value->what == yaml_node::kind::null;
}

position mapping_reader::where(std::string_view name) const {
  const entry* found = entry_of(name);
  return found == nullptr ? position{} : found->key->where;
}

std::string mapping_reader::path_of(std::string_view name) const {
  return joined_path(path_, name);
}

void mapping_reader::fail(std::string_view name, std::string_view reason) {
  const yaml_node* value = find(name);
  context_.error(value == nullptr ? where(name) : value->where, cannot_read(path_of(name), reason));
}

const std::string* mapping_reader::scalar(std::string_view name, std::string_view expected) {
  const yaml_node* value = find(name);
  if (value == nullptr) return nullptr;
  if (value->what == yaml_node::kind::scalar) return &value->text;
  fail(name, "expected " + std::string(expected) + ", not " + in_words(*value));
  return nullptr;
}

void mapping_reader::text(std::string_view name, std::string& target) {
  if (const std::string* value = scalar(name, "text")) target = *value;
}

void mapping_reader::optional_text(std::string_view name, std::optional<std::string>& target) {
  if (const std::string* value = scalar(name, "text")) target = *value;
}

void mapping_reader::path(std::string_view name, std::filesystem::path& target) {
  const std::string* value = scalar(name, "a path");
  if (value == nullptr) return;
  if (value->empty()) return fail(name, "the path is empty");
  target = *value;
}

void mapping_reader::boolean(std::string_view name, bool& target) {
  const std::string* value = scalar(name, "true or false");
  if (value == nullptr) return;
  const auto parsed_value = to_boolean(*value);
  if (!parsed_value || find(name)->quoted)
    return fail(name, "expected true or false, not '" + *value + "'");
  target = *parsed_value;
}

void mapping_reader::integer(std::string_view name, int& target) {
  const key& k = described(name);
  const std::string* value = scalar(name, "a whole number");
  if (value == nullptr) return;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  const bool is_number =
      error != std::errc::invalid_argument && end == value->data() + value->size();
  if (!is_number || find(name)->quoted) {
    return fail(name, "expected a whole number, not " +
                          std::string(find(name)->quoted ? "the text " : "") + "'" + *value + "'");
  }
  if (error == std::errc::result_out_of_range || number < k.low || number > k.high) {
    const std::string range =
        k.low == k.high ? "only " + std::to_string(k.low) + " is known"
                        : "it must be " + std::to_string(k.low) + " to " + std::to_string(k.high);
    return fail(name, *value + " is out of range: " + range);
  }
  target = static_cast<int>(number);
}

void mapping_reader::number(std::string_view name, std::optional<double>& target) {
  const key& k = described(name);
  const std::string* value = scalar(name, "a number such as 18.3");
  if (value == nullptr) return;
  double number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error != std::errc{} || end != value->data() + value->size() || find(name)->quoted ||
      !std::isfinite(number))
    return fail(name, "expected a number such as 18.3, not '" + *value + "'");
  if (number < static_cast<double>(k.low) || number > static_cast<double>(k.high))
    return fail(name, *value + " is out of range: it must be " + std::to_string(k.low) + " to " +
                          std::to_string(k.high));
  target = number;
}

void mapping_reader::bytes(std::string_view name, std::uint64_t& target) {
  const key& k = described(name);
  const std::string* value = scalar(name, "a size such as 16GiB");
  if (value == nullptr) return;
  const auto size = parse_bytes(*value);
  if (!size) return fail(name, size.error());
  const auto low = static_cast<byte_count>(k.low), high = static_cast<byte_count>(k.high);
  if (*size < low || *size > high) {
    return fail(name, *value + " is out of range: it must be " + format_bytes(low) + " to " +
                          format_bytes(high));
  }
  target = *size;
}

void mapping_reader::duration(std::string_view name, std::chrono::seconds& target) {
  const key& k = described(name);
  const std::string* value = scalar(name, "a duration such as 60s");
  if (value == nullptr) return;
  const auto time = parse_duration(*value);
  if (!time) return fail(name, time.error());
  const std::chrono::seconds low{k.low}, high{k.high};
  if (*time < low || *time > high) {
    return fail(name, *value + " is out of range: it must be " + format_duration(low) + " to " +
                          format_duration(high));
  }
  target = *time;
}

void mapping_reader::share(std::string_view name, double& target) {
  const key& k = described(name);
  const std::string* value = scalar(name, "a share such as 15%");
  if (value == nullptr) return;
  const auto part = parse_share(*value);
  if (!part) return fail(name, part.error());
  if (*part * 100 < static_cast<double>(k.low) || *part * 100 > static_cast<double>(k.high)) {
    return fail(name, *value + " is out of range: it must be " + std::to_string(k.low) + "% to " +
                          std::to_string(k.high) + "%");
  }
  target = *part;
}

void mapping_reader::text_list(std::string_view name, std::vector<std::string>& target) {
  const yaml_node* value = find(name);
  if (value == nullptr) return;
  if (value->what != yaml_node::kind::sequence) {
    return fail(name, "expected a list such as [a, b], not " + in_words(*value));
  }
  std::vector<std::string> list;
  for (const yaml_node& item : value->children) {
    if (item.what != yaml_node::kind::scalar) {
      context_.error(item.where, cannot_read(path_of(name),
                                             "expected text in the list, not " + in_words(item)));
      continue;
    }
    list.push_back(item.text);
  }
  target = std::move(list);
}

void mapping_reader::number_list(std::string_view name, std::string& target) {
  const std::string* value = scalar(name, "a list such as 0-3,8");
  if (value == nullptr) return;
  if (!(described(name).kind == value_kind::nodes && *value == "all")) {
    if (const auto list = parse_number_list(*value, highest_cpu); !list)
      return fail(name, list.error());
  }
  target = *value;
}

std::optional<std::size_t> mapping_reader::choice_index(std::string_view name) {
  const auto& choices = described(name).choices;
  const std::string* value = scalar(name, joined(choices));
  if (value == nullptr) return std::nullopt;
  auto found = std::find(choices.begin(), choices.end(), *value);
  // Where "on" is a choice, the other spellings of the boolean mean it too.
  if (const auto truth = to_boolean(*value); found == choices.end() && truth) {
    found = std::find(choices.begin(), choices.end(), *truth ? "on" : "off");
  }
  if (found == choices.end()) {
    fail(name, "expected " + joined(choices) + ", not '" + *value + "'");
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - choices.begin());
}

void mapping_reader::choice_text(std::string_view name, std::string& target) {
  if (const auto index = choice_index(name)) target = described(name).choices[*index];
}

std::vector<named_node> read_names(const yaml_node& node, std::string_view path, reading& context) {
  std::vector<named_node> list;
  if (node.what != yaml_node::kind::mapping) {
    context.error(node.where,
                  cannot_read(path, "expected a mapping of names, not " + in_words(node)));
    return list;
  }
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const yaml_node& name = node.children[i];
    if (name.what != yaml_node::kind::scalar || !is_name(name.text)) {
      context.error(
          name.where,
          cannot_read(path, in_words(name) +
                                " is not a name: it starts with a letter or digit and goes on "
                                "with letters, digits, '.', '_' and '-', at most 64"));
      continue;
    }
    const auto first = std::find_if(
        list.begin(), list.end(), [&](const named_node& other) { return other.name == name.text; });
    if (first != list.end()) {
      context.error(name.where, "duplicate key '" + name.text + "' in " + std::string(path) +
                                    ": first written on line " + std::to_string(first->where.line));
      continue;
    }
    list.push_back({name.text, name.where, &node.children[i + 1]});
    context.places.emplace(std::string(path) + "." + name.text, name.where);
  }
  return list;
}

}  // namespace rolecall::registry
