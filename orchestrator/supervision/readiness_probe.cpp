#include "orchestrator/supervision/readiness_probe.hpp"

#include "launcher/port_owner.hpp"
#include "orchestrator/supervision/port_listener.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <rapidjson/document.h>

namespace rolecall::supervision {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t longest_answer = 4U << 20;  // /props carries the chat template
constexpr std::size_t first_read = 16U << 10;
constexpr unsigned http_1_1 = 11;

using answer = http::response<http::string_body>;

/// One connection, closed at the end; nothing of it outlasts the deadline.
class probe_connection {
 public:
  probe_connection(asio::any_io_executor executor, std::uint16_t port, time_point deadline)
      : stream_(std::move(executor)), port_(port) {
    stream_.expires_at(deadline);
    buffer_.reserve(first_read);
  }

  /// Empty when there was no answer in time.
  asio::awaitable<std::optional<answer>> get(std::string_view path) {
    if (!is_open_) {
      const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port_);
      const auto connected = co_await stream_.async_connect(endpoint, no_throw);
      if (std::get<0>(connected)) co_return std::nullopt;
    }
    http::request<http::empty_body> request(http::verb::get, path, http_1_1);
    request.set(http::field::host, "127.0.0.1:" + std::to_string(port_));
    const auto sent = co_await http::async_write(stream_, request, no_throw);
    if (std::get<0>(sent)) co_return std::nullopt;

    http::response_parser<http::string_body> parser;
    parser.body_limit(longest_answer);
    const auto received = co_await http::async_read(stream_, buffer_, parser, no_throw);
    if (std::get<0>(received)) co_return std::nullopt;
    is_open_ = parser.keep_alive();
    if (!is_open_) stream_.close();
    co_return parser.release();
  }

 private:
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::uint16_t port_;
  bool is_open_ = false;
};

/// The usual answer quickly: our child listens. Whoever else it is, is worth a slower search.
launcher::port_owner owner_of(const probe_target& target) {
  const auto listeners = listening_inodes(target.port);
  if (listeners && launcher::holds_socket(target.pid, *listeners))
    return {.who = launcher::port_owner::kind::ours, .pid = target.pid, .command = {}};
  return launcher::find_port_owner(target.port, target.pid);
}

std::optional<int> int_of(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd() || !found->value.IsInt()) return std::nullopt;
  return found->value.GetInt();
}

bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code ignored;
  return a == b || std::filesystem::equivalent(a, b, ignored);
}

}  // namespace

std::string_view to_string(readiness::kind what) noexcept {
  switch (what) {
    case readiness::kind::not_yet:
      return "not_yet";
    case readiness::kind::ready:
      return "ready";
    case readiness::kind::stranger:
      return "stranger";
  }
  return "";
}

served_model parse_served(std::string_view props) {
  served_model served;
  rapidjson::Document document;
  document.Parse(props.data(), props.size());
  if (document.HasParseError() || !document.IsObject()) return served;
  const auto found = document.FindMember("model_path");
  if (found != document.MemberEnd() && found->value.IsString())
    served.path = std::string{found->value.GetString(), found->value.GetStringLength()};
  served.slots = int_of(document, "total_slots");
  const auto settings = document.FindMember("default_generation_settings");
  if (settings != document.MemberEnd() && settings->value.IsObject())
    served.context = int_of(settings->value, "n_ctx");
  return served;
}

asio::awaitable<std::optional<served_model>> ask_server(std::uint16_t port, time_point deadline) {
  probe_connection server(co_await asio::this_coro::executor, port, deadline);
  const auto health = co_await server.get("/health");
  if (!health || health->result() != http::status::ok) co_return std::nullopt;
  const auto props = co_await server.get("/props");
  co_return props ? parse_served(props->body()) : served_model{};
}

asio::awaitable<readiness> probe_readiness(probe_target target, time_point deadline) {
  probe_connection server(co_await asio::this_coro::executor, target.port, deadline);
  const auto health = co_await server.get("/health");
  if (!health || health->result() != http::status::ok) co_return readiness{};

  const auto owner = owner_of(target);
  switch (owner.who) {
    case launcher::port_owner::kind::nobody:
      co_return readiness{};  // it closed meanwhile
    case launcher::port_owner::kind::stranger:
      co_return readiness{readiness::kind::stranger, launcher::describe(owner, target.port), {}};
    case launcher::port_owner::kind::ours:
      break;
  }

  // A server that does not tell its model is believed: the port is our child's.
  const auto props = co_await server.get("/props");
  if (!props) co_return readiness{};
  auto served = parse_served(props->body());
  if (served.path && !is_same_file(*served.path, target.model))
    co_return readiness{readiness::kind::stranger,
                        "port " + std::to_string(target.port) + " serves model " + *served.path +
                            ", not " + target.model.string(),
                        {}};
  co_return readiness{readiness::kind::ready, {}, std::move(served)};
}

asio::awaitable<bool> answers(std::uint16_t port, std::string path, time_point deadline) {
  probe_connection server(co_await asio::this_coro::executor, port, deadline);
  const auto got = co_await server.get(path);
  co_return got.has_value();
}

}  // namespace rolecall::supervision
