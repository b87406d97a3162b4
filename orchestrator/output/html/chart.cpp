#include "html/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "html/text.hpp"

namespace firmquery::html {
namespace {

constexpr int kWidth = 1000, kHeight = 200;

// The next number above whose half is round, too.
double round_top(double value) {
  if (!(value > 0)) return 1;
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double factor : {1.0, 1.2, 1.6, 2.0, 2.4, 3.0, 4.0, 5.0, 6.0, 8.0}) {
    if (value <= factor * power) return factor * power;
  }
  return 10 * power;
}

// An outline in steps, closed at the bottom.
std::string outline(const std::vector<double>& values, double step_s, double length_s, double top) {
  const auto x = [&](std::size_t step) {
    return std::min(1.0, static_cast<double>(step) * step_s / length_s) * kWidth;
  };
  std::string path = fmt::format("M0 {}", kHeight);
  double at = -1;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double y = kHeight - std::clamp(values[i] / top, 0.0, 1.0) * kHeight;
    if (std::abs(y - at) > 0.05)
      path += fmt::format("L{:.1f} {:.1f}", x(i), at < 0 ? kHeight : at) + fmt::format("V{:.1f}", y);
    at = y;
  }
  return path + fmt::format("H{}V{}Z", kWidth, kHeight);
}

std::string svg(const Chart& chart, double top) {
  std::string out = fmt::format(
      "<svg viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" role=\"img\" aria-labelledby=\"{}-t {}-d\">"
      "<title id=\"{}-t\">{}</title><desc id=\"{}-d\">{}</desc>",
      kWidth, kHeight, chart.id, chart.id, chart.id, chart.title, chart.id, chart.said);
  out += fmt::format("<path class=\"grid\" d=\"M0 0.5H{0}M0 {1}H{0}M0 {2}H{0}\"/>", kWidth, kHeight / 2,
                     kHeight - 0.5);
  if (!chart.peaks.empty())
    out += fmt::format("<path class=\"peak\" d=\"{}\"/>",
                       outline(chart.peaks, chart.step_s, chart.length_s, top));
  out +=
      fmt::format("<path class=\"area\" d=\"{}\"/>", outline(chart.area, chart.step_s, chart.length_s, top));
  constexpr std::size_t kMarksMax = 100;
  for (std::size_t i = 0; i < chart.marks.size() && i < kMarksMax; ++i)
    out += fmt::format("<path class=\"mark\" d=\"M{:.1f} 0V{}\"/>", chart.marks[i] / chart.length_s * kWidth,
                       kHeight);
  return out + "</svg>";
}

// A dozen of the values, for who cannot see them.
std::string table(const Chart& chart) {
  constexpr std::size_t kRows = 12;
  const std::size_t steps = chart.area.size();
  const std::size_t step = std::max<std::size_t>(1, (steps + kRows - 1) / kRows);
  std::string out = fmt::format(
      "<details><summary>As a table</summary><table class=\"small\"><caption class=\"vh\">{}</caption>"
      "<thead><tr><th scope=\"col\" class=\"n\">From</th><th scope=\"col\" class=\"n\">Mean, "
      "{}</th>{}</tr></thead><tbody>",
      chart.title, chart.unit,
      chart.peaks.empty() ? std::string()
                          : fmt::format("<th scope=\"col\" class=\"n\">Longest, {}</th>", chart.unit));
  for (std::size_t begin = 0; begin < steps; begin += step) {
    const std::size_t end = std::min(begin + step, steps);
    double sum = 0, peak = 0;
    std::size_t any = 0;
    for (std::size_t i = begin; i < end; ++i) {
      sum += chart.area[i];
      any += chart.area[i] > 0 || chart.peaks.empty() ? 1 : 0;
      if (!chart.peaks.empty()) peak = std::max(peak, chart.peaks[i]);
    }
    const double mean = any == 0 ? 0 : sum / static_cast<double>(any);
    out += fmt::format(
        "<tr><th scope=\"row\" class=\"n\">{}</th><td class=\"n\">{}</td>{}</tr>",
        seconds(static_cast<double>(begin) * chart.step_s), figure(mean),
        chart.peaks.empty() ? std::string() : fmt::format("<td class=\"n\">{}</td>", figure(peak)));
  }
  return out + "</tbody></table></details>";
}

}  // namespace

std::string figure_of(const Chart& chart) {
  double most = 0;
  for (const double value : chart.area) most = std::max(most, value);
  for (const double value : chart.peaks) most = std::max(most, value);
  const double top = round_top(most);
  std::string out = fmt::format("<figure><figcaption><b>{}</b> {}</figcaption>", chart.title, chart.said);
  out += fmt::format(
      "<div class=\"plot\"><div class=\"y\" "
      "aria-hidden=\"true\"><span>{}</span><span>{}</span><span>0</span></div>{}"
      "<div class=\"x\" aria-hidden=\"true\"><span>0</span><span>{}</span><span>{}</span></div></div>",
      figure(top), figure(top / 2), svg(chart, top), seconds(chart.length_s / 2), seconds(chart.length_s));
  if (!chart.legend.empty()) out += "<p class=\"legend\">" + chart.legend + "</p>";
  return out + table(chart) + "</figure>";
}

}  // namespace firmquery::html
