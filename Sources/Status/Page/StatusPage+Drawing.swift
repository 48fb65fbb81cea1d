extension StatusPage {
    /// Elements, numbers, times and charts. What it is handed becomes text, never markup.
    static let drawing = #"""
        const el = (tag, fields, ...children) => {
          const node = document.createElement(tag);
          for (const [name, value] of Object.entries(fields || {}))
            if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
          node.append(...children.filter(child => child !== null && child !== undefined && child !== ""));
          return node;
        };
        const svg = (tag, fields, ...children) => {
          const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
          for (const [name, value] of Object.entries(fields)) node.setAttribute(name, value);
          node.append(...children);
          return node;
        };
        const words = name => String(name ?? "").replaceAll("_", " ");
        const fixed = (value, digits = 2) => value === null || value === undefined ? "\u2013" : value.toFixed(digits);
        const pText = p => p === null || p === undefined ? "" : p < 0.001 ? "p " + p.toExponential(1) : "p " + p.toPrecision(2);
        const count = (number, one, many) => number + " " + (number === 1 ? one : many || one + "s");
        const time = ms => {
          const at = new Date(ms), today = new Date().toDateString() === at.toDateString();
          const pad = number => String(number).padStart(2, "0");
          const clock = pad(at.getHours()) + ":" + pad(at.getMinutes()) + ":" + pad(at.getSeconds());
          return today ? clock : at.getFullYear() + "-" + pad(at.getMonth() + 1) + "-" + pad(at.getDate()) + " " + clock;
        };
        // For a shell: a name may hold what a shell would obey. It holds no quotes.
        const shell = name => /^[A-Za-z0-9_.-]+$/.test(name) ? name : "'" + name + "'";
        const span = seconds => seconds < 120 ? Math.round(seconds) + " s" : seconds < 7200 ? Math.round(seconds / 60) + " min"
          : seconds < 172800 ? Math.round(seconds / 3600) + " h" : Math.round(seconds / 86400) + " d";
        const table = (heads, rows, kind) => el("table", { class: kind },
          el("thead", null, el("tr", null, ...heads.map(head => el("th", null, head)))),
          el("tbody", null, ...rows.map(cells => el("tr", null, ...cells.map(cell => el("td", null, cell))))));
        const list = pairs => el("dl", null, ...pairs.filter(pair => pair && pair[1] !== "" && pair[1] !== null && pair[1] !== undefined)
          .flatMap(([name, value]) => [el("dt", null, name), el("dd", null, ...[].concat(value))]));

        // Points of time and score as lines, broken where there is no score.
        const lines = (points, x, y, kind) => {
          const drawn = []; let run = [];
          const end = () => {
            if (run.length === 1) run.push([run[0][0] + 0.8, run[0][1]]);
            if (run.length) drawn.push(svg("polyline", { class: kind, points: run.map(([a, b]) => a.toFixed(1) + "," + b.toFixed(1)).join(" ") }));
            run = [];
          };
          for (const point of points) if (point[1] === null) end(); else run.push([x(point[0]), y(point[1])]);
          end();
          return drawn;
        };
        // Beyond some times the threshold a score is drawn at the top: one fault must not flatten a whole day.
        const ceiling = (scores, threshold) => {
          const least = Math.max(2, (threshold || 0) * 1.2);
          return Math.min(Math.max(least, ...scores.filter(score => score !== null)), 3 * least) * 1.05;
        };

        const sparkline = (trail, threshold) => {
          const scores = trail.scores, top = ceiling(scores, threshold), slots = Math.max(60, scores.length);
          const x = place => 160 * (slots - scores.length + place + 0.5) / slots, y = score => 29 - 28 * Math.min(1, score / top);
          const points = scores.map((score, place) => [place, score]);
          const high = points.map(([place, score]) => [place, threshold !== null && score !== null && score >= threshold ? score : null]);
          const drawing = svg("svg", { class: "spark", viewBox: "0 0 160 30", preserveAspectRatio: "none", role: "img",
            "aria-label": scores.length ? "the last " + count(scores.length, "score") : "no score yet" });
          if (threshold) drawing.append(svg("line", { class: "level", x1: 0, x2: 160, y1: y(threshold), y2: y(threshold) }));
          drawing.append(...lines(points, x, y, "score"), ...lines(high, x, y, "score over"));
          return drawing;
        };

        const stretches = cells => {
          const found = [];
          for (const [at, , raised] of cells) {
            const last = found.at(-1);
            if (raised && last && last.open) last.to = at; else if (raised) found.push({ from: at, to: at, open: true });
            else if (last) last.open = false;
          }
          return found;
        };
        const timeline = (past, threshold) => {
          const width = 800, height = 130, scores = past.cells.map(cell => cell[1]), top = ceiling(scores, threshold);
          const x = at => width * (at - past.from_ms) / Math.max(1, past.to_ms - past.from_ms), y = score => 118 - 112 * Math.min(1, score / top);
          const drawing = svg("svg", { class: "chart", viewBox: "0 0 " + width + " " + height, preserveAspectRatio: "none", role: "img",
            "aria-label": "scores, alarms and labels over time" });
          const box = (kind, from, to, top, tall, title) => {
            const left = Math.max(0, x(from)), right = Math.min(width, x(to));
            const rect = svg("rect", { class: kind, x: left.toFixed(1), y: top, width: Math.max(2, right - left).toFixed(1), height: tall });
            const name = svg("title", {}); name.append(title); rect.append(name); drawing.append(rect);
          };
          for (const label of past.labels) box(["fault", "false_alarm", "planned"].includes(label.kind) ? label.kind : "planned",
            label.from_ms, label.to_ms, 0, 122, words(label.kind) + " " + label.name);
          for (const alarm of stretches(past.cells)) box("raised", alarm.from, alarm.to + past.cell_ms, 123, 7, "alarm raised");
          if (threshold) drawing.append(svg("line", { class: "level", x1: 0, x2: width, y1: y(threshold), y2: y(threshold) }));
          const points = []; let last = null;
          for (const [at, score] of past.cells) {
            if (last !== null && at - last > Math.max(3 * past.cell_ms, past.gap_ms)) points.push([at, null]);
            points.push([at + past.cell_ms / 2, score]); last = at;
          }
          drawing.append(...lines(points, x, y, "score"));
          return drawing;
        };
        """#
}
