extension StatusPage {
    /// Dark on light; every colour stands beside a word or a sign that says the same.
    static let style = #"""
        :root { --ink: #1b1f24; --quiet: #57606a; --line: #d4d9df; --paper: #fff; --wash: #f4f6f8;
          --bad: #b3261e; --warn: #8a5a00; --good: #1a6b3c; --blue: #1f5fa8; }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 76rem; padding: 0 1rem 3rem; color: var(--ink);
          background: var(--paper); font: 16px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
        header { padding: .8rem 0 .4rem; border-bottom: 2px solid var(--ink); }
        h1 { font-size: 1.4rem; margin: 0; overflow-wrap: anywhere; }
        h2 { font-size: 1.05rem; margin: 1.6rem 0 .5rem; }
        p { margin: .3rem 0; }
        code, .number { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .88em; }
        code { background: var(--wash); padding: .05em .3em; overflow-wrap: anywhere; }
        .quiet { color: var(--quiet); font-size: .9rem; }
        .good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
        .strong { font-weight: 650; }
        .note { padding: .4rem .7rem; border-left: 5px solid currentColor; background: var(--wash); }
        #notes { list-style: none; margin: .6rem 0; padding: 0; }
        #notes li { margin: .3rem 0; }
        .bar { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; align-items: baseline; }
        input { font: inherit; padding: .2rem .5rem; border: 1px solid var(--quiet); border-radius: 4px;
          max-width: 14rem; }
        .alarm { border: 1px solid var(--line); border-left: 6px solid var(--bad); border-radius: 4px;
          padding: .5rem .8rem; margin: .5rem 0; overflow-wrap: anywhere; }
        .alarm.over, .alarm.seen { border-left-color: var(--warn); }
        details.asset { border-bottom: 1px solid var(--line); }
        details.asset > summary { display: grid; gap: .1rem .9rem; padding: .45rem .2rem;
          grid-template-columns: 1.1rem minmax(7rem, 1.3fr) 10rem 7.5rem minmax(11rem, 2.2fr);
          align-items: center; cursor: pointer; list-style: none; overflow-wrap: anywhere; }
        details.asset > summary::-webkit-details-marker { display: none; }
        details.asset > summary::before { content: "+"; color: var(--quiet); }
        details.asset[open] > summary::before { content: "\2212"; }
        details.asset[open] > summary { background: var(--wash); }
        summary:focus-visible, input:focus-visible { outline: 3px solid var(--blue); }
        .inside { padding: .3rem .2rem 1rem 1.9rem; overflow-wrap: anywhere; }
        svg { display: block; width: 100%; }
        .spark { height: 30px; } .chart { height: 130px; background: var(--wash); }
        svg .score { fill: none; stroke: var(--blue); stroke-width: 1.4; vector-effect: non-scaling-stroke; }
        svg .over { stroke: var(--bad); stroke-width: 2.6; }
        svg .level { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 4 3; vector-effect: non-scaling-stroke; }
        svg .raised { fill: var(--bad); }
        svg .fault { fill: #b3261e; fill-opacity: .22; } svg .false_alarm { fill: #1f5fa8; fill-opacity: .2; }
        svg .planned { fill: #57606a; fill-opacity: .22; }
        button { font: inherit; font-size: .88rem; margin-right: .4rem; padding: .1rem .6rem; background: var(--paper);
          border: 1px solid var(--quiet); border-radius: 4px; cursor: pointer; }
        button[aria-pressed=true] { background: var(--ink); color: var(--paper); }
        a { color: inherit; }
        .axis { display: flex; justify-content: space-between; }
        .key { display: inline-block; width: .8em; height: .8em; margin-right: .3em; border: 1px solid var(--quiet); }
        .key.fault { background: #b3261e44; } .key.false_alarm { background: #1f5fa844; }
        .key.planned { background: #57606a44; } .key.raised { background: var(--bad); }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .92rem; }
        th, td { text-align: left; vertical-align: top; padding: .25rem .9rem .25rem 0;
          border-bottom: 1px solid var(--line); }
        th { color: var(--quiet); font-weight: 500; }
        td.right, th.right { text-align: right; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .4rem 0; }
        dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
        @media (max-width: 46rem) {
          body { padding: 0 .6rem 2rem; }
          details.asset > summary { grid-template-columns: 1rem minmax(0, 1fr) 6.5rem; }
          details.asset > summary .what { grid-column: 2 / -1; }
          details.asset > summary .spark { grid-column: 2; }
          .inside { padding-left: .2rem; }
          dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .35rem; }
          table.wide, .wide tbody { display: block; }
          .wide thead { display: none; } .wide td { border: 0; padding: 0; display: inline; }
          .wide td:empty { display: none; } .wide td + td:not(:empty)::before { content: " · "; }
          .wide tr { border-bottom: 1px solid var(--line); padding: .35rem 0; display: block; }
        }
        """#
}
