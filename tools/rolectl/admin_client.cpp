#include "tools/rolectl/admin_client.hpp"

#include "orchestrator/admin/status_reader.hpp"

#include <charconv>

namespace rolecall::rolectl {
namespace {

using boost::system::in_place_error;
using boost::system::in_place_value;
using registry::endpoint;
using registry::tcp_endpoint;
using registry::unix_endpoint;

constexpr const char* system_socket = "/run/rolecall/admin.sock";
constexpr std::uint16_t default_port = 8071;

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

std::string reach_failure(const std::vector<std::pair<endpoint, std::string>>& tried) {
  std::string places;
  for (const auto& [door, reason] : tried)
    places += (places.empty() ? "" : ", nor at ") + door_words(door) + ": " + reason;
  return "cannot reach rolecalld at " + places +
         "; is it running? start it with `rolecalld --registry FILE`, or name its admin address "
         "with --admin";
}

}  // namespace

boost::system::result<endpoint, std::string> parse_door(std::string_view text) {
  constexpr std::string_view unix_prefix = "unix:";
  constexpr std::string_view http_prefix = "http://";
  const auto wrong = [whole = text] {
    return boost::system::result<endpoint, std::string>{
        in_place_error,
        "'" + std::string{whole} +
            "' is not an admin address such as 127.0.0.1:8071 or unix:/run/rolecall/admin.sock"};
  };
  if (text.starts_with(unix_prefix)) {
    text.remove_prefix(unix_prefix.size());
    if (text.empty()) return wrong();
    return {in_place_value, unix_endpoint{text}};
  }
  if (text.starts_with(http_prefix)) text.remove_prefix(http_prefix.size());
  if (text.ends_with('/')) text.remove_suffix(1);
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  const auto port = parse_port(text.substr(colon + 1));
  auto host = text.substr(0, colon);
  if (host.size() > 2 && host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find_first_of(":/[]") != std::string_view::npos)
    return wrong();
  if (!port || host.empty()) return wrong();
  return {in_place_value, tcp_endpoint{std::string{host}, *port}};
}

std::string door_words(const endpoint& door) {
  if (const auto* path = std::get_if<unix_endpoint>(&door)) return "unix:" + path->path.string();
  const auto& tcp = std::get<tcp_endpoint>(door);
  const bool v6 = tcp.address.find(':') != std::string::npos;
  return (v6 ? "[" + tcp.address + "]" : tcp.address) + ":" + std::to_string(tcp.port);
}

boost::system::result<std::vector<endpoint>, std::string> doors(const std::string& option,
                                                                const std::string& variable) {
  const auto& named = option.empty() ? variable : option;
  if (named.empty())
    return std::vector<endpoint>{unix_endpoint{system_socket},
                                 tcp_endpoint{"127.0.0.1", default_port}};
  auto door = parse_door(named);
  if (!door)
    return {in_place_error, (option.empty() ? "ROLECALL_ADMIN: " : "--admin: ") + door.error()};
  return std::vector<endpoint>{*std::move(door)};
}

http_answer admin_client::call(const http_call& what, const body_sink& sink) {
  std::vector<std::pair<endpoint, std::string>> tried;
  auto shown = what;
  shown.key = key_;
  for (const auto& door : doors_) {
    auto answered = exchange(door, shown, sink);
    if (!answered) {
      tried.emplace_back(door, answered.error().reason);
      if (answered.error().connected) break;  // It is there: nobody else is meant.
      continue;
    }
    doors_ = {endpoint{door}};
    if (!answered->ok()) throw refused(error_message(*answered));
    return *std::move(answered);
  }
  throw unreachable(reach_failure(tried));
}

admin::fleet_status admin_client::status() {
  auto status = admin::read_fleet_status(get("/admin/status"));
  if (!status) throw refused("the answer of " + door_words(door()) + " is not rolecalld's status");
  return *std::move(status);
}

admin::role_status admin_client::role(const std::string& name) {
  auto role = admin::read_role_status(get("/admin/roles/" + percent_encoded(name)));
  if (!role) throw refused("the answer of " + door_words(door()) + " is not a role's status");
  return *std::move(role);
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view unreserved_marks = "-._~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
        unreserved_marks.find(c) != std::string_view::npos)
      result += c;
    else
      result.append({'%', digits[byte >> 4U], digits[byte & 0xFU]});
  }
  return result;
}

std::optional<endpoint> front_door(const admin::fleet_status& status, const endpoint& admin) {
  if (status.listen.empty()) return std::nullopt;
  auto door = parse_door(status.listen.front());
  if (!door) return std::nullopt;
  auto* tcp = std::get_if<tcp_endpoint>(&*door);
  if (tcp != nullptr && (tcp->address == "0.0.0.0" || tcp->address == "::")) {
    const auto* reached = std::get_if<tcp_endpoint>(&admin);
    tcp->address = reached == nullptr ? "127.0.0.1" : reached->address;
  }
  return *door;
}

}  // namespace rolecall::rolectl
