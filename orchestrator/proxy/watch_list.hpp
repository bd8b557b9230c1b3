#pragma once

#include "orchestrator/proxy/task.hpp"

#include <chrono>

#include <boost/intrusive/list.hpp>

namespace rolecall::proxy {

/// Somebody whose request others are working on, and who may leave meanwhile.
class waiting_client : public boost::intrusive::list_base_hook<
                           boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// From now on its leaving is to be noticed.
  virtual void waited_long() = 0;

  std::chrono::steady_clock::time_point waits_since{};

 protected:
  ~waiting_client() = default;
};

/// The clients of one data thread that wait, in the order in which they began to. To watch a socket
/// takes a system call, and most requests are answered before their client could leave: a client is
/// told to watch once it has waited for `patience`. Who ends, or unlinks itself, is forgotten.
class watch_list {
 public:
  static constexpr std::chrono::milliseconds patience{20};

  explicit watch_list(const executor& on) : look_(on) {}

  void add(waiting_client& client);

 private:
  void arm();
  void look();

  boost::intrusive::list<waiting_client, boost::intrusive::constant_time_size<false>> clients_;
  timer look_;
  bool armed_ = false;
};

}  // namespace rolecall::proxy
