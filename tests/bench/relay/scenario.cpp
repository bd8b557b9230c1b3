#include "tests/bench/relay/scenario.hpp"

#include "tests/bench/relay/loopback.hpp"
#include "tests/bench/relay/request_load.hpp"
#include "tests/bench/relay/stream_load.hpp"
#include "tests/bench/relay/stub_server.hpp"
#include "tests/bench/relay/upload.hpp"

#include <algorithm>
#include <stdexcept>

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

namespace rolecall::bench {
namespace {

using seconds = std::chrono::duration<double>;
using microseconds = std::chrono::duration<double, std::micro>;
using milliseconds = std::chrono::duration<double, std::milli>;

constexpr double mib = 1 << 20;
constexpr std::size_t upload_bytes = 32U << 20U;
constexpr double percent = 100;

/// CPU time of the proxy, and of what puts load on it, over a window.
class window {
 public:
  window(const contestants& running, proxy_kind proxy)
      : running_(running),
        worker_(running.worker(proxy)),
        began_(clock::now()),
        proxy_(proxy_time()),
        other_(other_time()),
        busy_(busy_time(running.cpus().proxy)) {}

  void close() {
    length_ = clock::now() - began_;
    proxy_ = proxy_time() - proxy_;
    other_ = other_time() - other_;
    busy_ = busy_time(running_.cpus().proxy) - busy_;
  }
  [[nodiscard]] double length() const { return length_.count(); }
  /// 0 without a proxy.
  [[nodiscard]] double cpu_microseconds() const { return microseconds(proxy_).count(); }
  void add_loads(std::vector<figure>& figures) const {
    const auto add = [&](const char* name, std::chrono::nanoseconds time) {
      figures.push_back({name, percent * seconds(time).count() / length()});
    };
    add(metric::other_load, other_);
    if (worker_ == 0) return;
    add(metric::proxy_load, proxy_);
    add(metric::strangers_load, std::max(busy_ - proxy_, std::chrono::nanoseconds{0}));
  }

 private:
  [[nodiscard]] std::chrono::nanoseconds proxy_time() const {
    return worker_ == 0 ? std::chrono::nanoseconds{0} : cpu_time(worker_);
  }
  [[nodiscard]] std::chrono::nanoseconds other_time() const {
    return cpu_time(::getpid()) + cpu_time(running_.upstream());
  }

  const contestants& running_;
  pid_t worker_;
  clock::time_point began_;
  std::chrono::nanoseconds proxy_;
  std::chrono::nanoseconds other_;
  std::chrono::nanoseconds busy_;
  seconds length_{0};
};

clock::duration ticks(seconds time) { return std::chrono::duration_cast<clock::duration>(time); }

/// The smallest value that so many percent of them do not exceed, in µs.
double percentile(std::vector<clock::duration> values, double share) {
  if (values.empty()) throw std::runtime_error("nothing was measured");
  const auto rank =
      std::min(static_cast<std::size_t>(share / percent * static_cast<double>(values.size())),
               values.size() - 1);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::ranges::nth_element(values, at);
  return microseconds(*at).count();
}

std::vector<figure> measure_requests(const scenario& chosen, const contestants& running,
                                     proxy_kind proxy, const measuring& how) {
  request_load load(running.port(proxy), chosen.connections);
  load.run_closed(ticks(how.window / 5));
  load.reset_counts();
  window measured(running, proxy);
  load.run_closed(ticks(how.window));
  measured.close();
  const auto answered = static_cast<double>(load.answered());
  std::vector<figure> figures{{metric::requests, answered / measured.length()}};
  if (const auto cpu = measured.cpu_microseconds(); cpu > 0) {
    figures.push_back({metric::cpu_per_request, cpu / answered});
    figures.push_back({metric::requests_per_core, answered / cpu * 1e6});
  }
  measured.add_loads(figures);
  figures.push_back({metric::failures, static_cast<double>(load.failed())});
  return figures;
}

std::vector<figure> measure_latency(const scenario& chosen, const contestants& running,
                                    proxy_kind proxy, const measuring& how) {
  request_load load(running.port(proxy), chosen.connections);
  load.run_open(ticks(how.window / 5), chosen.rate);
  load.reset_counts();
  window measured(running, proxy);
  load.run_open(ticks(how.window), chosen.rate);
  measured.close();
  std::vector<figure> figures{{metric::median_latency, percentile(load.latencies(), 50)},
                              {metric::late_latency, percentile(load.latencies(), 99)}};
  if (const auto cpu = measured.cpu_microseconds(); cpu > 0)
    figures.push_back({metric::cpu_per_request, cpu / static_cast<double>(load.answered())});
  figures.push_back({metric::failures, static_cast<double>(load.failed())});
  return figures;
}

/// Until the upstream has noticed that nobody reads its streams any more.
void wait_for_no_streams(const contestants& running) {
  const auto deadline = clock::now() + std::chrono::seconds{10};
  while (get(running.upstream_port(), streams_target) != "0") {
    throw_if_stopped();
    if (clock::now() > deadline)
      throw std::runtime_error("a proxy still reads streams 10 s after their clients have gone");
    ::poll(nullptr, 0, 10);
  }
}

std::vector<figure> measure_streams(const scenario& chosen, const contestants& running,
                                    proxy_kind proxy, const measuring& how) {
  constexpr double fewest_events = 400;
  const auto per_second = static_cast<double>(chosen.connections) * chosen.rate;
  const seconds period{1 / chosen.rate};
  const auto length = std::max({how.window, seconds{fewest_events / per_second}, period});
  std::vector<figure> figures;
  {
    stream_load load(running.port(proxy), chosen.connections, chosen.rate);
    load.open();
    load.run(ticks(std::max(how.window / 5, period)));  // until the last one ticks
    load.reset_counts();
    window measured(running, proxy);
    load.run(ticks(length));
    measured.close();
    const auto& counted = load.counted();
    const auto events = static_cast<double>(counted.events);
    const auto share = [](std::size_t part, std::size_t whole) {
      return percent * static_cast<double>(part) /
             static_cast<double>(std::max<std::size_t>(whole, 1));
    };
    if (const auto cpu = measured.cpu_microseconds(); cpu > 0)
      figures.push_back({metric::cpu_per_event, cpu / events});
    figures.push_back({metric::median_latency, percentile(counted.delays, 50)});
    figures.push_back({metric::late_latency, percentile(counted.delays, 99)});
    if (const auto worker = running.worker(proxy); worker != 0)
      figures.push_back({metric::resident, static_cast<double>(resident_memory(worker)) / mib});
    figures.push_back({metric::merged, share(counted.merged_chunks, counted.events)});
    figures.push_back({metric::several, share(counted.reads_of_several, counted.reads)});
    figures.push_back({metric::delivered, percent * events / (per_second * measured.length())});
    measured.add_loads(figures);
    figures.push_back({metric::failures, static_cast<double>(counted.lost_streams)});
  }
  wait_for_no_streams(running);
  return figures;
}

std::vector<figure> measure_upload(const scenario& chosen, const contestants& running,
                                   proxy_kind proxy) {
  const auto request = chat_request(upload_bytes, chosen.model_is_last);
  static_cast<void>(upload(running.port(proxy), chat_request(1024)));  // a warm connection
  const auto worker = running.worker(proxy);
  std::uint64_t before = 0;
  if (worker != 0) {
    forget_peak_memory(worker);
    before = resident_memory(worker);
  }
  const auto time = upload(running.port(proxy), request);
  std::vector<figure> figures{{metric::upload_time, milliseconds(time).count()}};
  if (worker != 0) {
    const auto grown = std::max(peak_resident_memory(worker), before) - before;
    figures.push_back({metric::growth, static_cast<double>(grown) / mib});
  }
  return figures;
}

scenario requests_over(std::size_t connections) {
  return {.name = "post-" + std::to_string(connections),
          .title = "1 KiB POST and answer, " + std::to_string(connections) + " connection" +
                   (connections == 1 ? "" : "s"),
          .what = scenario::kind::requests,
          .connections = connections};
}

scenario streams_of(std::size_t wanted, int rate, std::size_t descriptors) {
  constexpr std::size_t others = 256;  // of a proxy's descriptors, for all but streams
  const auto streams = std::min(wanted, (descriptors - others) / 2);
  const auto times = " × " + std::to_string(rate) + "/s";
  return {.name = "sse-" + std::to_string(wanted) + "x" + std::to_string(rate),
          .title = "SSE, " + std::to_string(streams) + times +
                   (streams < wanted ? " (not " + std::to_string(wanted) + ": " +
                                           std::to_string(descriptors) + " descriptors)"
                                     : ""),
          .what = scenario::kind::streams,
          .connections = streams,
          .rate = static_cast<double>(rate)};
}

}  // namespace

std::vector<scenario> all_scenarios(std::size_t descriptors) {
  std::vector<scenario> all;
  for (const std::size_t connections : {1U, 16U, 64U, 256U})
    all.push_back(requests_over(connections));
  all.push_back({.name = "latency",
                 .title = "1 KiB POST and answer, 2,000 requests/s whatever happens",
                 .what = scenario::kind::latency,
                 .connections = 64,
                 .rate = 2000});
  const std::pair<std::size_t, int> streams[] = {
      {1, 100}, {64, 20}, {512, 100}, {2048, 20}, {10000, 1}};
  for (const auto& [count, rate] : streams) all.push_back(streams_of(count, rate, descriptors));
  for (const bool model_is_last : {false, true})
    all.push_back({.name = std::string("upload-model-") + (model_is_last ? "last" : "first"),
                   .title = std::string("32 MiB body, `model` its ") +
                            (model_is_last ? "last key" : "first key"),
                   .what = scenario::kind::upload,
                   .model_is_last = model_is_last});
  return all;
}

std::vector<figure> measure(const scenario& chosen, const contestants& running, proxy_kind proxy,
                            const measuring& how) {
  switch (chosen.what) {
    case scenario::kind::requests:
      return measure_requests(chosen, running, proxy, how);
    case scenario::kind::latency:
      return measure_latency(chosen, running, proxy, how);
    case scenario::kind::streams:
      return measure_streams(chosen, running, proxy, how);
    case scenario::kind::upload:
      return measure_upload(chosen, running, proxy);
  }
  return {};
}

}  // namespace rolecall::bench
