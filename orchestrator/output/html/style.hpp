// The style sheet of report.html.
#pragma once

#include <string_view>

namespace firmquery::html {

inline constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--ink:#1c1f23;--soft:#5a626c;--line:#d9dde2;--back:#fff;--panel:#f5f6f8;
--accent:#1d5f8a;--pale:#a9c8dc;--bad:#a3341c;--rest:#c9ced4}
@media(prefers-color-scheme:dark){:root{--ink:#e4e7eb;--soft:#9aa4af;--line:#333a42;--back:#14171a;--panel:#1c2126;
--accent:#74b3dc;--pale:#2f5872;--bad:#f0957c;--rest:#4a525b}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:2.5rem clamp(1rem,4vw,3rem) 3rem;max-width:72rem;background:var(--back);color:var(--ink);
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--back);padding:.3rem .6rem}
.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
header{border-left:.3rem solid var(--bad);padding-left:1.1rem}
header.good{border-color:var(--accent)}
.kicker{margin:0;color:var(--soft);font-size:.85rem;letter-spacing:.03em}
h1{margin:.15rem 0 .5rem;font-size:clamp(1.45rem,1.1rem + 1.7vw,2.15rem);line-height:1.22;font-weight:650;text-wrap:balance}
.sub{margin:0;color:var(--soft)}
.trouble{margin-top:1rem;padding:.8rem 1rem;background:var(--panel);border-radius:.3rem}
.trouble p{margin:.2rem 0}
nav{margin:1.6rem 0 0;padding:.7rem 0;border-block:1px solid var(--line);font-size:.9rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;margin:0;padding:0;list-style:none}
nav li{margin:0}nav a{text-decoration:none}nav a:hover{text-decoration:underline}
section{margin-top:2.6rem}
h2{margin:0 0 .7rem;font-size:1.3rem;font-weight:650;line-height:1.3}
h3{margin:1.6rem 0 .4rem;font-size:1.02rem;font-weight:650}
p{margin:.5rem 0;max-width:46rem}
ul{max-width:46rem;padding-left:1.2rem}li{margin:.3rem 0}
b{font-weight:650}.bad{color:var(--bad)}
.bar{display:block;width:100%;height:.65rem;margin:.2rem 0 1.2rem;border-radius:.15rem}
.bar .found{fill:var(--accent)}.bar .missing{fill:var(--pale)}.bar .unresolved{fill:var(--bad)}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(17rem,100%),1fr));gap:0 2.5rem;align-items:start}
.scroll{overflow-x:auto;margin:.8rem 0 1.3rem}
table{border-collapse:collapse;width:100%;font-size:.93rem;line-height:1.4}
caption{text-align:left;font-weight:650;padding-bottom:.35rem}
th,td{padding:.34rem 1.4rem .34rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:break-word}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--soft);font-weight:500;font-size:.84rem;vertical-align:bottom;border-bottom-color:var(--soft)}
tbody th{font-weight:400}
.n{width:1%;text-align:right;white-space:nowrap}
.w{width:50%;min-width:11rem;overflow-wrap:anywhere}
.n.w{min-width:0;white-space:normal}
.t{white-space:nowrap}
small{color:var(--soft);font-size:.85em}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.9em}
td code,th code,li code{unicode-bidi:isolate}
pre{margin:.5rem 0 1rem;padding:.8rem 1rem;background:var(--panel);border-radius:.3rem;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.45}
pre code{font-size:.95em}
.hid{color:var(--bad);font-size:.85em}
dl{margin:.4rem 0 1.2rem;font-size:.95rem}
dl div{display:grid;grid-template-columns:11rem 1fr;gap:0 1rem;padding:.3rem 0;border-bottom:1px solid var(--line)}
dt{color:var(--soft)}dd{margin:0;min-width:0}
.ids{columns:8rem auto;column-gap:1.5rem;max-width:none;padding:0;list-style:none}.ids li{margin:0;break-inside:avoid}
figure{margin:1.2rem 0 1.8rem}figcaption{max-width:46rem;margin-bottom:.5rem}
.plot{display:grid;grid-template-columns:auto 1fr;gap:0 .6rem;font-size:.8rem;color:var(--soft);line-height:1}
.plot svg{display:block;width:100%;height:11rem}
.plot .y{display:flex;min-width:4.6rem;flex-direction:column;justify-content:space-between;text-align:right}
.plot .x{grid-column:2;display:flex;justify-content:space-between;padding-top:.4rem}
.grid{fill:none;stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}
.area{fill:var(--accent)}.peak{fill:var(--pale)}
.mark{fill:none;stroke:var(--bad);stroke-width:1.5;stroke-dasharray:4 3;vector-effect:non-scaling-stroke}
.legend{color:var(--soft);font-size:.85rem}
details{margin:.6rem 0}summary{cursor:pointer;color:var(--accent);font-size:.9rem}
.small{width:auto;margin-top:.4rem}
footer{margin-top:3rem;padding-top:.8rem;border-top:1px solid var(--line);color:var(--soft);font-size:.88rem}
@media(max-width:34rem){dl div{grid-template-columns:1fr}th,td{padding-right:.7rem}}
@media print{
:root{color-scheme:light;--ink:#000;--soft:#444;--line:#bbb;--back:#fff;--panel:#f2f2f2;--accent:#1d5f8a;--pale:#a9c8dc;--bad:#a3341c}
@page{margin:16mm 14mm}
body{max-width:none;padding:0;font-size:9.5pt}
nav,.skip,details:not([open]){display:none}
.scroll{overflow:visible}
h1{font-size:18pt}h2{break-after:avoid}section{margin-top:7mm}
tr,figure,pre,dl div{break-inside:avoid}thead{display:table-header-group}
.area,.peak,.bar *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
)css";

}  // namespace firmquery::html
