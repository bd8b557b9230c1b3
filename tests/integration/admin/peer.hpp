#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace rolecall::test {

/// A client's end of a connection, byte by byte. Each wait ends the test by throwing after 30
/// seconds.
class peer {
 public:
  explicit peer(std::uint16_t port);  ///< 127.0.0.1
  explicit peer(const std::filesystem::path& unix_socket);
  ~peer();
  peer(peer&& other) noexcept;
  peer& operator=(peer&&) = delete;

  void send(std::string_view bytes);
  /// Everything received so far and on, up to the end of `marker`.
  std::string read_until(std::string_view marker);
  /// Everything until the other side closes.
  std::string read_to_end();
  void close();

 private:
  bool receive();  // false at the end

  int descriptor_ = -1;
  std::string received_;
};

/// Sends `request` on a fresh connection and returns all that comes back until the server closes.
[[nodiscard]] std::string talk(std::uint16_t port, std::string_view request);

/// A request that asks to close the connection after it.
[[nodiscard]] std::string request_text(std::string_view method, std::string_view target,
                                       std::string_view more_headers = {});

}  // namespace rolecall::test
