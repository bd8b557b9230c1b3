#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

// Every order in which a few threads' atomic operations can follow each other, for code that takes
// its atomic type as a parameter.
//
// A thread is a program that is run again for each of its steps: the operations that it has done
// are answered from what they found then, the next one is done, and the one after that stops it. So
// the real code runs, on the real stack, in the memory order of one total sequence; and a state
// (the shared memory, and what each thread has found so far) that two orders lead to is followed
// once.

namespace rolecall::residency::tests {

/// What the threads share: one atomic word; notices on their way to the control thread; and how
/// many of them use a slot, or the process otherwise, at the moment.
struct shared_memory {
  std::uint64_t word = 0;
  std::uint64_t slots_freed = 0;
  std::uint64_t idle = 0;
  std::uint64_t slots_in_use = 0;
  std::uint64_t others = 0;
};

/// What a thread has done so far; its program fills it anew in every run.
struct thread_record {
  int slots_entered = 0;
  int idle_notices = 0;      ///< that it gave
  int promised = 0;          ///< notices of idleness, to the control thread
  bool announced = false;    ///< the queue
  bool is_stopping = false;  ///< the control thread: nobody may use the process
  bool ended = false;
};

struct broken_rule : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Stands in for std::atomic: each operation is a step of the thread that is being run.
class stepper {
 public:
  struct stopped {};  ///< thrown where the next step would begin, or where it has to wait
  struct finding {
    std::uint64_t value = 0;
    bool success = true;
  };

  /// Runs a program up to its next step after those found before; adds that one's finding. False:
  /// it has to wait.
  static bool run(const std::function<void(thread_record&)>& program, shared_memory& memory,
                  std::vector<finding>& found, thread_record& record) {
    current() = {&memory, &found};
    record = {};
    try {
      program(record);
      record.ended = true;
    } catch (const stopped&) {
    }
    return !current().waits;
  }

  template <class Operation>
  static finding step(Operation operation) {
    auto& now = current();
    if (now.next < now.found->size()) return (*now.found)[now.next++];
    if (now.stepped) throw stopped{};
    now.stepped = true;
    ++now.next;
    now.found->push_back(operation(*now.memory));
    return now.found->back();
  }

  /// A step that can be taken only while `ready` holds.
  template <class Ready, class Operation>
  static void await(Ready ready, Operation operation) {
    auto& now = current();
    if (now.next == now.found->size() && !now.stepped && !ready(*now.memory)) {
      now.waits = true;
      throw stopped{};
    }
    (void)step([&](shared_memory& memory) {
      operation(memory);
      return finding{};
    });
  }

 private:
  struct state {
    shared_memory* memory = nullptr;
    std::vector<finding>* found = nullptr;
    std::size_t next = 0;
    bool stepped = false;
    bool waits = false;
  };
  static state& current() {
    static state now;
    return now;
  }
};

/// The gate's word. What it remembers of its last use is no part of its algorithm: see below.
template <class Value>
class stepped_atomic {
 public:
  stepped_atomic(Value) {}  // NOLINT(google-explicit-constructor): as std::atomic's

  Value fetch_add(Value by, std::memory_order) {
    return change([=](Value v) { return v + by; });
  }
  Value fetch_sub(Value by, std::memory_order) {
    return change([=](Value v) { return v - by; });
  }
  Value fetch_or(Value by, std::memory_order) {
    return change([=](Value v) { return v | by; });
  }
  Value fetch_and(Value by, std::memory_order) {
    return change([=](Value v) { return v & by; });
  }
  [[nodiscard]] Value load(std::memory_order) const {
    return change([](Value v) { return v; });
  }
  bool compare_exchange_weak(Value& expected, Value wanted, std::memory_order, std::memory_order) {
    const auto found = stepper::step([&](shared_memory& memory) {
      const bool same = memory.word == expected;
      const stepper::finding before{memory.word, same};
      if (same) memory.word = wanted;
      return before;
    });
    expected = found.value;
    return found.success;
  }

 private:
  template <class Change>
  static Value change(Change apply) {
    return stepper::step([&](shared_memory& memory) {
             const stepper::finding before{memory.word};
             memory.word = apply(memory.word);
             return before;
           })
        .value;
  }
};

/// Nothing branches on it: it takes no steps.
template <>
class stepped_atomic<std::int64_t> {
 public:
  stepped_atomic(std::int64_t) {}  // NOLINT(google-explicit-constructor)
  void store(std::int64_t, std::memory_order) {}
  [[nodiscard]] std::int64_t load(std::memory_order) const { return 0; }
};

using thread_records = std::vector<thread_record>;

/// Follows every order from `start` to its end, and counts them.
class interleavings {
 public:
  using program = std::function<void(thread_record&)>;
  /// What a step has led to, and what the threads had done before it.
  using rule = std::function<void(const shared_memory&, const thread_records& before,
                                  const thread_records& after)>;

  /// `always` is asked after every step, and throws broken_rule. So does this class itself, when a
  /// thread waits for ever.
  interleavings(std::vector<program> threads, rule always)
      : threads_(std::move(threads)), always_(std::move(always)) {}

  /// Returns how many orders there are. Throws broken_rule with the steps that led there.
  double follow(const shared_memory& start) {
    return follow(
        position{start, std::vector<findings>(threads_.size()), thread_records(threads_.size())});
  }
  [[nodiscard]] std::size_t states() const noexcept { return orders_.size(); }

 private:
  using findings = std::vector<stepper::finding>;
  struct position {
    shared_memory memory;
    std::vector<findings> found;  // by thread
    thread_records records;       // by thread; they follow from `found`
  };

  static std::string key_of(const position& at) {
    std::string key;
    const auto add = [&key](std::uint64_t value) {
      key.append(reinterpret_cast<const char*>(&value), sizeof value);
    };
    for (const auto value : {at.memory.word, at.memory.slots_freed, at.memory.idle,
                             at.memory.slots_in_use, at.memory.others})
      add(value);
    for (const auto& found : at.found) {
      add(found.size());
      for (const auto& each : found) {
        add(each.value);
        add(each.success ? 1 : 0);
      }
    }
    return key;
  }

  double follow(const position& at) {
    const auto key = key_of(at);
    if (const auto known = orders_.find(key); known != orders_.end()) return known->second;
    double orders = 0;
    for (std::size_t i = 0; i < threads_.size(); ++i) {
      if (at.records[i].ended) continue;
      auto next = at;
      if (!stepper::run(threads_[i], next.memory, next.found[i], next.records[i])) continue;
      path_.push_back(static_cast<char>('0' + i));
      judge(at, next);
      orders += follow(next);
      path_.pop_back();
    }
    if (orders == 0) {
      for (const auto& record : at.records)
        if (!record.ended) throw broken_rule("a thread waits for ever: " + path_);
      orders = 1;
    }
    orders_.emplace(key, orders);
    return orders;
  }

  void judge(const position& before, const position& after) const {
    try {
      always_(after.memory, before.records, after.records);
    } catch (const broken_rule& broken) {
      throw broken_rule(std::string{broken.what()} + ": " + path_);
    }
  }

  std::vector<program> threads_;
  rule always_;
  std::unordered_map<std::string, double> orders_;  // from a state to the end
  std::string path_;                                // the threads that took the steps so far
};

}  // namespace rolecall::residency::tests
