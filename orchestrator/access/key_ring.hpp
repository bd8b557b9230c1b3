#pragma once

#include "registry/access_keys.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::access {

/// The hash under which a key's text stands in a key file.
[[nodiscard]] registry::key_digest digest_of(std::string_view secret);

/// A new key: `rk-` and 256 random bits in hexadecimal digits.
[[nodiscard]] std::string make_secret();

/// One key and its requests in flight. Any thread.
class key {
 public:
  using count = std::atomic<int>;

  key(registry::access_key settings, std::shared_ptr<count> in_flight)
      : settings_(std::move(settings)), in_flight_(std::move(in_flight)) {}

  [[nodiscard]] const std::string& name() const noexcept { return settings_.name; }
  [[nodiscard]] const registry::access_key& settings() const noexcept { return settings_; }
  [[nodiscard]] bool allows(std::string_view role) const noexcept;
  [[nodiscard]] const std::shared_ptr<count>& in_flight() const noexcept { return in_flight_; }

 private:
  registry::access_key settings_;
  std::shared_ptr<count> in_flight_;  // with the key of that name before a reload
};

/// One of a key's requests, until destroyed.
class turn {
 public:
  turn() = default;
  /// Empty when the key has as many requests in flight as it may have.
  [[nodiscard]] static turn take(const key& of) noexcept;
  turn(turn&& other) noexcept = default;
  turn& operator=(turn&& other) noexcept {
    auto taken = std::move(other.counted_);
    give_back();
    counted_ = std::move(taken);
    return *this;
  }
  ~turn() { give_back(); }

  [[nodiscard]] explicit operator bool() const noexcept { return counted_ != nullptr; }
  void give_back() noexcept {
    if (counted_) counted_->fetch_sub(1, std::memory_order_relaxed);
    counted_.reset();
  }

 private:
  std::shared_ptr<key::count> counted_;
};

/// The keys of one file as doors ask for them. Immutable; a changed file makes a new ring.
class key_ring {
 public:
  /// `before`: the ring that this one replaces, whose requests in flight still count; or nullptr.
  explicit key_ring(std::vector<registry::access_key> keys, const key_ring* before = nullptr);

  /// nullptr: nobody's. Hashes what was shown and compares with every key in a time that tells
  /// nothing of them.
  [[nodiscard]] std::shared_ptr<const key> find(std::string_view secret) const;

  /// Differs from that of every other ring of this process.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }
  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }

 private:
  std::vector<std::shared_ptr<const key>> keys_;
  std::uint64_t generation_;
};

/// Whether both are the same, in a time that depends on their sizes only.
[[nodiscard]] bool equal_secrets(std::string_view a, std::string_view b) noexcept;

}  // namespace rolecall::access
