extension StatusPage {
    /// Assets, a row each, and what stands inside an opened one.
    static let assets = #"""
        const urgency = { unacknowledged: 0, returned_unacknowledged: 1, acknowledged: 2 };
        const lives = {
          unacknowledged: ["bad strong", "\u25B2 ALARM, nobody has seen it"],
          returned_unacknowledged: ["warn strong", "\u25C7 alarm is over, nobody has seen it"],
          acknowledged: ["warn strong", "\u25B3 alarm, seen"],
          shelved: ["quiet", "\u25A1 alarm shelved"],
          out_of_service: ["quiet", "\u2715 out of service"],
          suppressed: ["quiet", "\u2013 no alarms for now"],
          normal: ["good", "\u25CF normal"],
        };
        const states = {
          warming_up: "warming up", scoring: "", idle: "idle: the machine is not running",
          starting: "starting: its grace is not over", no_data: "no data: too few senses speak",
        };
        const life = asset => lives[asset.alarm.life] || ["quiet", words(asset.alarm.life)];
        const budget = asset => asset.warm_up_missing !== null && asset.warm_up_missing !== undefined
          ? "first score after " + count(asset.warm_up_missing, "more window")
          : asset.certified ? "certified" : "provisional, " + count(asset.missing, "window") + " missing";
        const doubts = asset => asset.streams.flatMap(stream => stream.health.map(flag => stream.name + " " + words(flag.kind)));

        const headline = asset => {
          const parts = [el("span", { class: life(asset)[0] }, life(asset)[1])];
          const alarmed = asset.alarm.life in urgency;
          const state = states[asset.state] ?? words(asset.state);
          if (state) parts.push(el("span", { class: "quiet" }, " \u00B7 " + state));
          if (alarmed && asset.blame) parts.push(" \u00B7 " + asset.blame);
          if (asset.state_label) parts.push(el("span", { class: "quiet" }, " \u00B7 " + asset.state_label));
          const doubt = doubts(asset);
          if (doubt.length) parts.push(el("span", { class: "warn strong" }, " \u00B7 ? " + doubt.join(", ")));
          parts.push(el("br"), el("span", { class: "quiet" }, "budget: " + budget(asset)));
          return el("span", { class: "what" }, ...parts);
        };
        const rows = new Map();
        const row = name => {
          if (rows.has(name)) return rows.get(name);
          const inside = el("div", { class: "inside" }), summary = el("summary");
          const entry = { box: el("details", { class: "asset" }, summary, inside), summary, inside, past: null, hours: 1, asset: null };
          entry.box.addEventListener("toggle", () => { if (entry.box.open) { fill(entry); look(entry); } });
          rows.set(name, entry);
          return entry;
        };
        const show = asset => {
          const entry = row(asset.name);
          entry.asset = asset;
          entry.summary.replaceChildren(
            el("span", { class: "strong" }, asset.name),
            sparkline(asset.trail, asset.threshold),
            el("span", null, el("span", { class: "number strong" }, fixed(asset.score)),
              el("span", { class: "quiet" }, " / " + fixed(asset.threshold)), el("br"),
              el("span", { class: "quiet" }, pText(asset.p_value))),
            headline(asset));
          if (entry.box.open) fill(entry);
          return entry.box;
        };

        const stream = (asset, sense) => {
          const facts = [sense.kind + (sense.dimension ? " of " + sense.dimension : "")];
          if (sense.qos === 0) facts.push("QoS 0: no promise");
          if (asset.idle.includes(sense.name)) facts.push("idle");
          if (sense.late) facts.push(sense.late + " late");
          for (const [reason, number] of Object.entries(sense.refused)) facts.push(number + " refused: " + words(reason));
          if (sense.agreement !== null && sense.agreement !== undefined)
            facts.push(asset.aligned.includes(sense.name) ? "agrees with the others (" + fixed(sense.agreement) + ")" : "agrees too little with the others");
          const health = sense.health.length
            ? el("span", { class: "warn strong" }, "? " + sense.health.map(flag => words(flag.kind) + ": " + flag.reason).join("; "))
            : sense.accepted ? el("span", { class: "good" }, "\u25CF good")
            : Object.keys(sense.refused).length ? el("span", { class: "warn strong" }, "? nothing could be read") : el("span", { class: "quiet" }, "\u2013 nothing heard yet");
          return [el("span", { class: "strong" }, sense.name), health,
            sense.messages_per_second === null || sense.messages_per_second === undefined ? "" : fixed(sense.messages_per_second, 1) + "/s",
            (asset.contributions[sense.name] || 0) >= 0.005 ? Math.round(100 * asset.contributions[sense.name]) + " % of what is odd" : "",
            el("span", { class: "quiet" }, facts.join(", "))];
        };
        const stretchButtons = entry => [[1, "1 h"], [24, "24 h"], [168, "7 d"]].map(([hours, name]) => {
          const button = el("button", { type: "button", "aria-pressed": String(entry.hours === hours) }, name);
          button.addEventListener("click", () => { entry.hours = hours; entry.past = null; fill(entry); look(entry); });
          return button;
        });
        const fill = entry => {
          // Not under the finger: a click needs its button to stay.
          if (entry.inside.contains(document.activeElement) && entry.past && document.activeElement.matches(":active")) return;
          const asset = entry.asset, past = entry.past;
          const parts = Object.entries(asset.parts).filter(part => part[1] !== null).map(([name, value]) => words(name) + " " + fixed(value)).join(", ");
          entry.inside.replaceChildren(
            asset.reason ? el("p", { class: asset.alarm.life in urgency ? "strong" : "" }, asset.reason) : "",
            el("p", null, ...stretchButtons(entry)),
            past ? timeline(past, asset.threshold) : el("p", { class: "quiet" }, "reading\u2026"),
            past ? el("div", { class: "axis quiet" }, el("span", null, time(past.from_ms)), el("span", null, time(past.to_ms))) : "",
            el("p", { class: "quiet" }, ...[["raised", "alarm"], ["fault", "fault"], ["false_alarm", "false alarm"], ["planned", "planned work"]]
              .flatMap(([kind, name]) => [el("span", { class: "key " + kind }), name + "   "])),
            past && past.labels.length ? table(["From", "To", "What", "Who", "Why"], past.labels.map(label).map(cells => cells.slice(1)), "wide") : "",
            list([
              ["Alarm", [el("span", { class: life(asset)[0] }, life(asset)[1]), asset.alarm.since_ms ? ", since " + time(asset.alarm.since_ms) : "",
                asset.alarm.suppressed_by ? ", because: " + words(asset.alarm.suppressed_by) : "",
                asset.alarm.shelved_until_ms ? ", until " + time(asset.alarm.shelved_until_ms) : ""]],
              ["Blamed", asset.blame],
              ["Score", asset.score === null || asset.score === undefined ? "none" : fixed(asset.score) + (asset.extrapolated ? " (beyond the calibration)" : "") + ", " + pText(asset.p_value) + "; raises at " + fixed(asset.threshold)],
              ["Sustained", asset.sustained_value === null || asset.sustained_value === undefined ? "" : fixed(asset.sustained_value) + " of " + fixed(asset.sustained_level)],
              ["Parts", parts],
              ["Quality", asset.quality + ", NE 107 " + words(asset.ne107)],
              ["State of the machine", asset.state_label ? asset.state_label + ", " + Math.round(100 * asset.state_probability) + " % sure" : ""],
              ["Regime", asset.regime],
              ["Budget", asset.calibration],
              ["Model", (asset.model || "none") + (asset.network ? ", trained " + asset.network.slice(0, 16) : asset.model ? ", linear, learnt here" : "")],
              ["Windows", asset.windows + ", newest until " + (asset.window_end_ms ? time(asset.window_end_ms) : "\u2013")],
            ]),
            el("div", { class: "scroll" }, table(["Stream", "Data", "Rate", "Share", ""], asset.streams.map(sense => stream(asset, sense)), "wide")));
        };
        const look = async entry => {
          try {
            const answer = await fetch("/api/asset?name=" + encodeURIComponent(entry.asset.name) + "&hours=" + entry.hours);
            if (answer.ok) { entry.past = await answer.json(); if (entry.box.open) fill(entry); }
          } catch { }
        };
        """#
}
