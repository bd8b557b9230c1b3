#include "orchestrator/metrics/role_gauges.hpp"

#include "orchestrator/metrics/role_definitions.hpp"

namespace rolecall::metrics {

role_gauge_families::role_gauge_families(exposition& shown)
    : waiters(shown.of<Gauge>(waiters_definition)),
      tier(shown.of<Gauge>(role_tier_definition)),
      speed(shown.of<Gauge>(role_speed_definition)),
      expected_speed(shown.of<Gauge>(role_expected_speed_definition)),
      speed_ratio(shown.of<Gauge>(role_speed_ratio_definition)),
      draft_acceptance(shown.of<Gauge>(role_draft_acceptance_definition)) {}

role_gauges::role_gauges(role_gauge_families& all, std::string_view role)
    : interactive_(all.waiters, role, "interactive"),
      background_(all.waiters, role, "background"),
      hot_(all.tier, role, "hot"),
      warm_(all.tier, role, "warm"),
      speed_(all.speed, role),
      expected_speed_(all.expected_speed, role),
      speed_ratio_(all.speed_ratio, role),
      draft_acceptance_(all.draft_acceptance, role) {}

void role_gauges::waiting(std::string_view priority, std::size_t waiters) {
  auto& gauge = priority == "background" ? background_ : interactive_;
  gauge->Set(static_cast<double>(waiters));
}

void role_gauges::tier(std::string_view word) {
  show(hot_, word == "hot" ? std::optional{1.0} : std::nullopt);
  show(warm_, word == "warm" ? std::optional{1.0} : std::nullopt);
}

void role_gauges::speed(const role_speed& known) {
  show(speed_, known.measured);
  show(expected_speed_, known.expected);
  show(speed_ratio_, known.ratio());
  show(draft_acceptance_, known.acceptance);
}

void role_gauges::gone() {
  for (auto* gauge : {&interactive_, &background_, &hot_, &warm_, &speed_, &expected_speed_,
                      &speed_ratio_, &draft_acceptance_})
    gauge->remove();
}

}  // namespace rolecall::metrics
