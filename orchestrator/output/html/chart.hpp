// A picture of values over time: an SVG that stretches, with its words beside it, so that they stay readable on a phone.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace firmquery::html {

struct Chart {
  std::string_view id;             // of the elements
  std::string title;               // HTML, as all texts here
  std::string said;                // what there is to see, as a sentence
  std::string unit;                // of the values
  std::vector<double> area;        // a value a step
  std::vector<double> peaks = {};  // drawn behind, for a range; empty: none
  std::string legend = {};         // what is what, where there are peaks
  double step_s = 1;
  double length_s = 0;
  std::vector<double> marks = {};  // places in seconds: starts of the program
};

std::string figure_of(const Chart& chart);

}  // namespace firmquery::html
