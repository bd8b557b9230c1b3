#include "registry/access_keys.hpp"

#include "registry/mapping_reader.hpp"
#include "registry/suggestion.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <map>
#include <utility>

#include <sys/stat.h>

namespace rolecall::registry {

namespace {

constexpr std::string_view hash_prefix = "sha256:";
constexpr std::string_view blanks = " \t\r";
constexpr std::size_t largest_file = 1U << 20;
constexpr int most_in_flight = 100'000;

struct word {
  std::string_view text;
  int column = 0;  // 1-based
};

std::vector<word> words_of(std::string_view line) {
  std::vector<word> words;
  const auto end = std::min(line.find('#'), line.size());
  for (std::size_t at = 0; at < end;) {
    const auto begin = std::min(line.find_first_not_of(blanks, at), end);
    if (begin == end) break;
    at = std::min(line.find_first_of(blanks, begin), end);
    words.push_back({line.substr(begin, at - begin), static_cast<int>(begin) + 1});
  }
  return words;
}

std::optional<unsigned> hexadecimal_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

std::optional<key_digest> parse_digest(std::string_view text) {
  if (!text.starts_with(hash_prefix)) return std::nullopt;
  text.remove_prefix(hash_prefix.size());
  key_digest digest{};
  if (text.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const auto high = hexadecimal_digit(text[2 * i]);
    const auto low = hexadecimal_digit(text[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    digest[i] = static_cast<std::uint8_t>(*high << 4U | *low);
  }
  return digest;
}

class key_reader {
 public:
  key_reader(std::string file, key_use use, const model_registry& known)
      : file_(std::move(file)), use_(use) {
    for (const role& r : known.roles)
      if (r.tier != tier::draft) role_names_.push_back(r.name);
  }

  key_list read(std::string_view text) {
    for (line_ = 1; !text.empty(); ++line_) {
      const auto end = std::min(text.find('\n'), text.size());
      read_line(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    line_ = 0;
    if (list_.keys.size() > most_keys)
      error(0, "has " + std::to_string(list_.keys.size()) + " keys: at most " +
                   std::to_string(most_keys) + " are taken");
    if (has_errors(list_.notes))
      list_.keys.clear();
    else if (list_.keys.empty())
      note(
          diagnostic::severity::warning, 0,
          "holds no key, so every request that needs one is refused: `rolectl key NAME` makes one");
    return std::move(list_);
  }

 private:
  void read_line(std::string_view line) {
    const auto words = words_of(line);
    if (words.empty()) return;
    const auto errors = list_.notes.size();
    access_key key;
    key.where = {line_, words.front().column};
    read_name(words.front(), key);
    if (words.size() < 2)
      error(words.front().column, "cannot read key '" + key.name +
                                      "': a line is a name, sha256: and the key's hash, and "
                                      "options, as `rolectl key NAME` prints it");
    else
      read_digest(words[1], key);
    std::vector<std::string_view> seen;
    for (std::size_t i = 2; i < words.size(); ++i) read_option(words[i], seen, key);
    if (list_.notes.size() == errors) list_.keys.push_back(std::move(key));
  }

  void read_name(const word& given, access_key& key) {
    key.name = given.text;
    if (!is_name(given.text))
      return error(given.column, "cannot read a key's name: '" + key.name +
                                     "' is not a letter or digit and up to 63 more of them, '.', "
                                     "'_' and '-'");
    const auto [first, is_new] = names_.emplace(key.name, line_);
    if (!is_new)
      error(given.column, "cannot use key '" + key.name + "': line " +
                              std::to_string(first->second) + " has a key of this name");
  }

  void read_digest(const word& given, access_key& key) {
    const auto digest = parse_digest(given.text);
    if (!digest)
      return error(given.column, "cannot read key '" + key.name + "': expected " +
                                     std::string{hash_prefix} +
                                     " and the 64 hexadecimal digits of the key's SHA-256");
    key.digest = *digest;
    const auto [first, is_new] = digests_.emplace(*digest, line_);
    if (!is_new)
      error(given.column, "cannot use key '" + key.name + "': line " +
                              std::to_string(first->second) + " has the same hash");
  }

  void read_option(const word& given, std::vector<std::string_view>& seen, access_key& key) {
    const auto equals = std::min(given.text.find('='), given.text.size());
    const auto name = given.text.substr(0, equals);
    const auto value = equals < given.text.size() ? given.text.substr(equals + 1) : "";
    const auto fail = [&](const std::string& reason) {
      error(given.column, "cannot read key '" + key.name + "': " + reason);
    };
    if (use_ == key_use::operators)
      return fail("operators' keys take no options, and this has '" + std::string{given.text} +
                  "'");
    if (std::ranges::count(seen, name) != 0) return fail(std::string{name} + " is given twice");
    seen.push_back(name);
    if (name == "roles") {
      read_roles(value, key, fail);
    } else if (name == "in_flight") {
      const auto [end, ec] =
          std::from_chars(value.data(), value.data() + value.size(), key.in_flight);
      if (ec != std::errc{} || end != value.data() + value.size() || key.in_flight < 1 ||
          key.in_flight > most_in_flight)
        fail("in_flight is a number from 1 to " + std::to_string(most_in_flight) + ", not '" +
             std::string{value} + "'");
    } else if (name == "priority") {
      if (value == "background")
        key.priority = key_priority::background;
      else if (value != "interactive")
        fail("priority is interactive or background, not '" + std::string{value} + "'");
    } else {
      fail("unknown option '" + std::string{name} + "'" +
           suggestion(name, {"roles", "in_flight", "priority"}, "options are"));
    }
  }

  template <typename Fail>
  void read_roles(std::string_view value, access_key& key, Fail fail) {
    while (true) {
      const auto comma = std::min(value.find(','), value.size());
      std::string name{value.substr(0, comma)};
      if (name.empty()) return fail("roles is a list of roles such as roles=frontdoor,embedder");
      if (std::ranges::count(role_names_, name) == 0)
        return fail("'" + name + "' is no role" + suggestion(name, role_names_, "roles are"));
      key.roles.push_back(std::move(name));
      if (comma == value.size()) return;
      value.remove_prefix(comma + 1);
    }
  }

  void note(diagnostic::severity level, int column, std::string message) {
    list_.notes.push_back({level, file_, line_, column, std::move(message)});
  }
  void error(int column, std::string message) {
    note(diagnostic::severity::error, column, std::move(message));
  }

  std::string file_;
  key_use use_;
  std::vector<std::string> role_names_;
  int line_ = 0;
  std::map<std::string, int> names_;  // → line
  std::map<key_digest, int> digests_;
  key_list list_;
};

key_list unreadable(const std::filesystem::path& file, const std::string& reason) {
  key_list list;
  list.notes.push_back(
      {diagnostic::severity::error, file.string(), 0, 0, "cannot read the key file: " + reason});
  return list;
}

}  // namespace

bool access_key::operator==(const access_key& other) const {
  return name == other.name && digest == other.digest && roles == other.roles &&
         in_flight == other.in_flight && priority == other.priority;
}

key_list parse_access_keys(std::string_view text, const std::string& file, key_use use,
                           const model_registry& known) {
  return key_reader(file, use, known).read(text);
}

key_list read_access_keys(const std::filesystem::path& file, key_use use,
                          const model_registry& known) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return unreadable(file, std::strerror(errno));
  if (!S_ISREG(found.st_mode)) return unreadable(file, "it is not a file");
  if (static_cast<std::uint64_t>(found.st_size) > largest_file)
    return unreadable(file, "it is larger than 1 MiB");
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return unreadable(file,
                      "others than its owner can write it and let themselves in; run chmod "
                      "go-w " +
                          file.string());
  std::ifstream in(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) return unreadable(file, std::strerror(errno));
  auto list = parse_access_keys(text, file.string(), use, known);
  // What it says helps nobody to a key, but who may do what is nobody's business.
  if ((found.st_mode & S_IROTH) != 0)
    list.notes.insert(list.notes.begin(), {diagnostic::severity::warning, file.string(), 0, 0,
                                           "everybody on this host can read the key file; run "
                                           "chmod o-r " +
                                               file.string()});
  return list;
}

std::string to_line(const access_key& key) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string line = key.name + ' ' + std::string{hash_prefix};
  for (const auto byte : key.digest) line.append({digits[byte >> 4U], digits[byte & 0xFU]});
  std::string roles;
  for (const auto& role : key.roles) roles += (roles.empty() ? " roles=" : ",") + role;
  line += roles;
  if (key.in_flight > 0) line += " in_flight=" + std::to_string(key.in_flight);
  if (key.priority == key_priority::background) line += " priority=background";
  return line;
}

}  // namespace rolecall::registry
