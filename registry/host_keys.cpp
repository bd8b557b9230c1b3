#include "registry/quantities.hpp"
#include "registry/sections.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <arpa/inet.h>

namespace rolecall::registry {

namespace {

constexpr std::string_view unix_prefix = "unix:";
/// sun_path holds 107 bytes and its end.
constexpr std::size_t longest_socket_path = 107;

std::filesystem::path from_registry(const std::filesystem::path& path, const reading& context) {
  return path.is_absolute() ? path : (context.directory / path).lexically_normal();
}

bool is_address(const std::string& text) {
  in6_addr any{};
  return inet_pton(AF_INET, text.c_str(), &any) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &any) == 1;
}

/// "127.0.0.1:8070", "[::1]:8070", "localhost:8070". Port 0 lets the system choose.
parsed<tcp_endpoint> parse_tcp(std::string_view text) {
  const auto refusal = [&] {
    return refused{"'" + std::string(text) + "' is not an address and port such as 127.0.0.1:8070"};
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refusal();
  std::string address(text.substr(0, colon));
  const std::string_view digits = text.substr(colon + 1);
  unsigned port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() ||
      port > 65535) {
    return refusal();
  }
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  } else if (address.find(':') != std::string::npos) {
    return refusal();
  }
  if (address == "localhost") address = "127.0.0.1";
  if (!is_address(address)) return refusal();
  return tcp_endpoint{std::move(address), static_cast<std::uint16_t>(port)};
}

parsed<endpoint> parse_endpoint(std::string_view text, const reading& context) {
  if (text.substr(0, unix_prefix.size()) != unix_prefix) {
    auto tcp = parse_tcp(text);
    if (!tcp) return refused{tcp.error()};
    return endpoint{*std::move(tcp)};
  }
  const std::string_view path = text.substr(unix_prefix.size());
  if (path.empty()) return refused{"unix: needs the path of a socket"};
  auto resolved = from_registry(path, context);
  if (resolved.native().size() > longest_socket_path) {
    return refused{"the socket's path " + resolved.string() + " is longer than " +
                   std::to_string(longest_socket_path) + " bytes"};
  }
  return endpoint{unix_endpoint{std::move(resolved)}};
}

/// Reads one value or a list of them; `parse` turns text into an endpoint.
template <class Endpoint, class Parse>
void read_endpoints(mapping_reader& reader, std::string_view name, std::vector<Endpoint>& target,
                    reading& context, Parse parse) {
  const yaml_node* value = reader.find(name);
  if (value == nullptr) return;
  std::vector<Endpoint> list;
  const auto take = [&](const yaml_node& item) {
    if (item.what != yaml_node::kind::scalar) {
      context.error(item.where, cannot_read(reader.path_of(name),
                                            "expected an address, not " + in_words(item)));
      return;
    }
    auto endpoint = parse(item.text);
    if (!endpoint) {
      context.error(item.where, cannot_read(reader.path_of(name), endpoint.error()));
      return;
    }
    // Port 0 may be asked for many times: each is another port.
    list.push_back(*std::move(endpoint));
  };
  if (value->what == yaml_node::kind::sequence) {
    for (const yaml_node& item : value->children) take(item);
    if (value->children.empty()) reader.fail(name, "the list is empty");
  } else {
    take(*value);
  }
  target = std::move(list);
}

memory_settings read_memory(const yaml_node& node, const section& known, reading& context) {
  memory_settings result;
  mapping_reader reader(node, known, "host.memory", context);
  const auto bytes_or_auto = [&](std::string_view name, std::optional<byte_count>& target) {
    const yaml_node* given = reader.find(name);
    if (given == nullptr || (given->what == yaml_node::kind::scalar && given->text == "auto"))
      return;
    byte_count bytes = 0;
    reader.bytes(name, bytes);
    target = bytes;
  };
  bytes_or_auto("budget", result.budget);
  bytes_or_auto("floor", result.floor);
  reader.choice("eviction", result.eviction);
  reader.bytes("os_reserve", result.os_reserve);
  reader.share("safety", result.safety);
  return result;
}

std::optional<tls_files> read_tls(const yaml_node& node, const section& known, reading& context) {
  mapping_reader reader(node, known, "host.tls", context);
  if (!reader.is_mapping()) return std::nullopt;
  tls_files files;
  reader.path("certificate", files.certificate);
  reader.path("key", files.key);
  files.certificate = from_registry(files.certificate, context);
  files.key = from_registry(files.key, context);
  return files;
}

}  // namespace

void read_tcp_endpoints(mapping_reader& reader, std::string_view name,
                        std::vector<tcp_endpoint>& target, reading& context) {
  read_endpoints(reader, name, target, context, parse_tcp);
}

host_settings default_host() {
  host_settings host;
  host.listen = {tcp_endpoint{"127.0.0.1", 8070}};
  host.admin = {endpoint{tcp_endpoint{"127.0.0.1", 8071}}};
  return host;
}

host_settings read_host(const yaml_node& node, reading& context) {
  host_settings host = default_host();
  const section& known = *root_section().find("host")->inner;
  mapping_reader reader(node, known, "host", context);
  if (!reader.is_mapping()) return host;

  read_tcp_endpoints(reader, "listen", host.listen, context);
  read_endpoints(reader, "admin", host.admin, context,
                 [&](std::string_view text) { return parse_endpoint(text, context); });
  const auto optional_path = [&](std::string_view name,
                                 std::optional<std::filesystem::path>& target) {
    if (!reader.given(name)) return;
    std::filesystem::path file;
    reader.path(name, file);
    if (!file.empty()) target = from_registry(file, context);
  };
  optional_path("api_keys", host.api_keys);
  optional_path("admin_keys", host.admin_keys);
  optional_path("access_log", host.access_log);
  reader.boolean("insecure", host.insecure);
  if (const yaml_node* tls = reader.find("tls"))
    host.tls = read_tls(*tls, *known.find("tls")->inner, context);
  if (const yaml_node* memory = reader.find("memory")) {
    host.memory = read_memory(*memory, *known.find("memory")->inner, context);
  }

  reader.path("llama_server", host.llama_server);
  if (host.llama_server.has_parent_path())
    host.llama_server = from_registry(host.llama_server, context);
  std::vector<std::string> dirs;
  reader.text_list("model_dirs", dirs);
  for (const std::string& dir : dirs) host.model_dirs.push_back(from_registry(dir, context));
  reader.path("state_dir", host.state_dir);
  host.state_dir = from_registry(host.state_dir, context);
  reader.path("log_dir", host.log_dir);
  host.log_dir = from_registry(host.log_dir, context);

  reader.bytes("log_limit", host.log_limit);
  reader.choice("on_exit", host.on_exit);
  reader.optional_text("default_role", host.default_role);
  reader.integer("data_threads", host.data_threads);
  reader.bytes("max_request_body", host.max_request_body);
  reader.duration("patience", host.patience);
  return host;
}

}  // namespace rolecall::registry
