/// How the page looks. Eight colours that differ in brightness too, for light and for dark paper.
let pageStyle: Markup = """

    :root { color-scheme: light dark; --paper: #fbfbfa; --card: #ffffff; --ink: #1c2126;
      --soft: #5b6670; --rule: #e3e6e9; --k0: #2563c9; --k1: #d9690f; --k2: #0c8f6f; --k3: #b83280;
      --k4: #7c5cd0; --k5: #a58a00; --k6: #c93636; --k7: #7b8794; }
    @media (prefers-color-scheme: dark) { :root { --paper: #14181c; --card: #1c2227;
      --ink: #e8ebee; --soft: #a1acb6; --rule: #323a42; --k0: #6ea3ff; --k1: #ff9d4d;
      --k2: #3fd0a6; --k3: #f07bbd; --k4: #b39bff; --k5: #e3c94a; --k6: #ff7d7d; --k7: #93a0ac; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--paper); color: var(--ink);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
    header, main { max-width: 66rem; margin: 0 auto; padding: 0 1.25rem; }
    header { padding-top: 2.5rem; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .6rem; }
    h2 { font-size: 1.1rem; margin: 0 0 .8rem; }
    header p { color: var(--soft); margin: .3rem 0; max-width: 46rem; }
    section { background: var(--card); border: 1px solid var(--rule); border-radius: .6rem;
      padding: 1.1rem 1.25rem; margin: 1.25rem 0; }
    .wide { overflow-x: auto; padding-right: .9rem; }
    .wide:focus-visible, input:focus-visible + label { outline: 2px solid var(--k0);
      outline-offset: 2px; }
    table { border-collapse: collapse; width: 100%; font-size: .93rem;
      font-variant-numeric: tabular-nums; }
    thead th { font-weight: 600; color: var(--soft); vertical-align: bottom; }
    th, td { padding: .4rem .65rem; text-align: right; border-bottom: 1px solid var(--rule); }
    tbody tr:last-child th, tbody tr:last-child td { border-bottom: 0; }
    tbody th { text-align: left; font-weight: 500; padding-left: 0; white-space: nowrap; }
    table.words th, table.words td { text-align: left; vertical-align: top; }
    table.words td:first-child { white-space: nowrap; }
    td.none { color: var(--soft); }
    td strong { position: relative; }
    td strong::after { content: "\\2605"; font-size: .7em; color: var(--k0); position: absolute;
      left: calc(100% + .15rem); top: .3em; }
    .grid { display: grid; gap: 1.5rem;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
    figure { margin: 0; }
    figcaption { font-weight: 600; margin-bottom: .3rem; }
    svg { display: block; width: 100%; height: auto; }
    svg text { fill: var(--soft); font-size: 11px; font-variant-numeric: tabular-nums; }
    svg .mid { text-anchor: middle; } svg .end { text-anchor: end; }
    svg .rule { stroke: var(--rule); } svg .axis { stroke: var(--soft); }
    .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
    .c0 { stroke: var(--k0); } .c1 { stroke: var(--k1); stroke-dasharray: 6 3; }
    .c2 { stroke: var(--k2); stroke-dasharray: 2 3; } .c3 { stroke: var(--k3); }
    .c4 { stroke: var(--k4); stroke-dasharray: 6 3; }
    .c5 { stroke: var(--k5); stroke-dasharray: 2 3; } .c6 { stroke: var(--k6); }
    .c7 { stroke: var(--k7); stroke-dasharray: 6 3; }
    polygon.matched { fill: var(--k0); fill-opacity: .55; stroke: var(--k0); }
    polygon.unmatched { fill: var(--k1); fill-opacity: .3; stroke: var(--k1);
      stroke-dasharray: 4 2; }
    .legend { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin: .4rem 0 0;
      font-size: .87rem; }
    .legend span { display: inline-flex; align-items: center; gap: .4rem; }
    .legend i { width: .75rem; height: .75rem; border-radius: 50%; }
    .legend .key { width: 26px; }
    i.matched, i.k0 { background: var(--k0); } i.unmatched, i.k1 { background: var(--k1); }
    i.k2 { background: var(--k2); } i.k3 { background: var(--k3); } i.k4 { background: var(--k4); }
    i.k5 { background: var(--k5); } i.k6 { background: var(--k6); } i.k7 { background: var(--k7); }
    .note { color: var(--soft); font-size: .87rem; margin: .3rem 0 0; }
    .map input { position: absolute; opacity: 0; }
    .map label { display: inline-block; padding: .2rem .8rem; border: 1px solid var(--rule);
      border-radius: 1rem; margin: 0 .2rem .6rem 0; cursor: pointer; }
    .map input:checked + label { border-color: var(--k0); color: var(--k0); font-weight: 600; }
    .map circle { fill-opacity: .7; }
    .map .legend { display: none; }
    #by-asset:checked ~ .asset, #by-sense:checked ~ .sense, #by-label:checked ~ .label {
      display: flex; }
    \(groupColours)
    @media print { section { break-inside: avoid; } }

    """

/// The colour of every group, for the kind of group that is chosen.
private let groupColours: [Markup] = [("asset", "a"), ("sense", "s"), ("label", "l")].flatMap {
    kind, letter in
    (0..<8).map { k -> Markup in
        "#by-\(kind):checked ~ svg .\(letter)\(k) { fill: var(--k\(k)); }"
    }
}
