#include "orchestrator/proxy/header_fields.hpp"

#include <algorithm>

#include <boost/beast/core/string.hpp>

namespace rolecall::proxy {

namespace http = boost::beast::http;

void header_fields::add(http::field id, std::string_view name, std::string_view value) {
  entries_.push_back({.id = id,
                      .name_at = static_cast<std::uint32_t>(text_.size()),
                      .name_size = static_cast<std::uint32_t>(name.size()),
                      .value_size = static_cast<std::uint32_t>(value.size())});
  text_.append(name).append(value);
}

void header_fields::clear() noexcept {
  text_.clear();
  entries_.clear();
}

std::size_t header_fields::count(http::field id) const noexcept {
  return static_cast<std::size_t>(std::ranges::count(entries_, id, &entry::id));
}

std::string_view header_fields::value(http::field id) const noexcept {
  const auto found = std::ranges::find(entries_, id, &entry::id);
  if (found == entries_.end()) return {};
  return (*this)[static_cast<std::size_t>(found - entries_.begin())].value;
}

std::string_view header_fields::value_of_unknown(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].id != boost::beast::http::field::unknown) continue;
    const auto each = (*this)[i];
    if (boost::beast::iequals(each.name, name)) return each.value;
  }
  return {};
}

std::size_t header_fields::count_of_unknown(std::string_view name) const noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (entries_[i].id == http::field::unknown && boost::beast::iequals((*this)[i].name, name))
      ++count;
  return count;
}

}  // namespace rolecall::proxy
