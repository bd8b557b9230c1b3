#pragma once

#include "orchestrator/metrics/samples.hpp"

#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace rolecall::observation {

/// The sample, or the reason why there is none: a clause about the engine.
using engine_answer = boost::system::result<metrics::engine_sample, std::string>;

/// Pure: an answer of llama-server's `/metrics` (Prometheus's text form, names of 0.7.0). What an
/// older one does not tell stays 0. Refused are a text of another form, one without any metric of
/// llama-server's, and a number that counts nothing (negative, NaN, beyond the type): a total that
/// seems to fall looks like a new process.
///
/// 0.7.0 writes numbers with six digits: above a million a total moves in steps (1.23588e+06, then
/// 1.23589e+06), of 1000 tokens at a hundred millions.
[[nodiscard]] engine_answer parse_engine_metrics(std::string_view text);

}  // namespace rolecall::observation
