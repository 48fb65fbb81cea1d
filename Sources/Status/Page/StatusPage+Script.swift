extension StatusPage {
    /// Asks every two seconds while somebody looks.
    static let script = #"""
        const by = id => document.getElementById(id);
        const assetsMax = 200;
        let heard = 0, newest = null;
        // By asset: the newest step by which its alarm was raised.
        let raises = new Map();

        const label = entry => [el("span", { class: "strong" }, entry.asset), time(entry.from_ms), time(entry.to_ms),
          el("span", null, el("span", { class: "key " + (["fault", "false_alarm", "planned"].includes(entry.kind) ? entry.kind : "") }),
            words(entry.kind) + (entry.name ? ": " + entry.name : "")), entry.who, entry.why];
        const step = entry => [time(entry.at_ms), el("span", { class: "strong" }, entry.asset),
          el("span", { class: entry.rings ? "bad strong" : "" }, (entry.rings ? "\u25B2 " : "") + words(entry.change)),
          entry.who === "anchord" ? "" : entry.who,
          [entry.why, ["raised", "cleared"].includes(entry.change) ? entry.reason : ""].filter(Boolean).join("; ")];

        const standing = asset => {
          const alarm = asset.alarm, over = alarm.life === "returned_unacknowledged", raise = raises.get(asset.name);
          // What it was: a verdict of now says that all is well.
          const reason = over && raise ? raise.reason : over ? "" : asset.reason;
          const kind = { returned_unacknowledged: "over", acknowledged: "seen" }[alarm.life] || "";
          const sense = alarm.first_sense && alarm.first_sense !== "not localised" ? " in " + alarm.first_sense : "";
          const facts = [asset.blame ? "blamed: " + asset.blame : "", asset.score !== null && asset.score !== undefined ? "score " + fixed(asset.score) + " of " + fixed(asset.threshold) : "",
            alarm.first_at_ms ? "began " + time(alarm.first_at_ms) + sense : "", over && alarm.since_ms ? "ended " + time(alarm.since_ms) : "",
            alarm.first_out && alarm.first_out !== asset.name ? "followed " + alarm.first_out : "", asset.certified ? "" : "budget " + budget(asset)];
          return el("div", { class: "alarm " + kind },
            el("p", null, el("span", { class: life(asset)[0] }, life(asset)[1]), " \u00B7 ", el("a", { class: "strong", href: "#" + encodeURIComponent(asset.name) }, asset.name)),
            reason ? el("p", null, reason) : "",
            el("p", { class: "quiet" }, facts.filter(Boolean).join(" \u00B7 ")),
            alarm.life === "acknowledged" ? "" : el("p", { class: "quiet" }, "seen it? ", el("code", null, "anchord alarms ack " + shell(asset.name) + " --why \u2026")));
        };
        const notes = (status, assets) => {
          const found = [];
          const say = (kind, text) => found.push(el("li", { class: "note " + kind }, text));
          if (!status.broker.is_connected) say("bad", "The broker is away: " + (status.broker.last_reason || "never reached") + ". Nothing new is heard; verdicts wait.");
          if (status.is_gateway_clock_suspect) say("bad", "The gateway's clock disagrees with every stream: check it first.");
          if (status.is_alarm_flood) say("bad", "Alarm flood: " + status.alarms_lately + " alarms within ten minutes.");
          if (status.quarantine) say("warn", count(status.quarantine, "message") + " in quarantine; see anchord quarantine list.");
          if (status.is_command_granted === false) say("warn", "The broker refuses the subscription to commands; its access list must allow it.");
          for (const [filter, qos] of Object.entries(status.broker.granted)) if (qos < 1) say("warn", filter + (qos < 0 ? " is refused by the broker." : " is granted with QoS 0 only: no promise."));
          const doubtful = assets.filter(asset => doubts(asset).length);
          if (doubtful.length) say("warn", "? Data in doubt: " + doubtful.slice(0, 5).map(asset => asset.name + " (" + doubts(asset).join(", ") + ")").join("; ")
            + (doubtful.length > 5 ? " and " + (doubtful.length - 5) + " more" : ""));
          for (const asset of assets.filter(asset => asset.is_clock_stepped_back).slice(0, 5)) say("warn", "The clock of " + asset.name + " was set back: its samples are late.");
          for (const one of status.strangers.slice(0, 5)) say("warn", "Nothing of " + one.asset + "/" + one.stream + " could be read: "
            + Object.entries(one.refused).map(([reason, number]) => number + " " + words(reason)).join(", "));
          if (!assets.length) say("warn", "No asset has been heard yet. Does anything arrive at " + Object.keys(status.broker.granted).join(", ") + "?");
          return found;
        };
        const draw = report => {
          const status = report.status;
          const assets = status.assets.map((asset, place) => ({ ...asset, ...report.assets[place] }));
          const raised = assets.filter(asset => asset.alarm.life in urgency);
          document.title = (raised.length ? "(" + raised.length + ") " : "") + status.gateway + " \u00B7 anchord";
          by("title").textContent = status.gateway;
          by("facts").replaceChildren(
            el("span", { class: status.broker.is_connected ? "good strong" : "bad strong" }, status.broker.is_connected ? "\u25CF broker connected" : "\u25B2 broker away"),
            " \u00B7 " + count(assets.length, "asset") + " \u00B7 " + count(raised.length, "alarm") + " \u00B7 anchord " + status.version + ", up " + span(status.uptime_seconds)
              + (status.messages_per_second === null || status.messages_per_second === undefined ? "" : " \u00B7 " + fixed(status.messages_per_second, 1) + " messages/s, " + fixed(status.windows_per_second, 1) + " windows/s"));
          by("notes").replaceChildren(...notes(status, assets));
          raised.sort((a, b) => urgency[a.alarm.life] - urgency[b.alarm.life] || a.name.localeCompare(b.name));
          by("standing").replaceChildren(...(raised.length ? raised.slice(0, 50).map(standing) : [el("p", { class: "good" }, "\u25CF none")]),
            raised.length > 50 ? el("p", null, "and " + (raised.length - 50) + " more below") : "");
          const wanted = by("filter").value.toLowerCase();
          const text = asset => [asset.name, asset.state, asset.alarm.life, asset.blame || "", life(asset)[1], ...doubts(asset)].join(" ").toLowerCase();
          const shown = assets.filter(asset => text(asset).replaceAll("_", " ").includes(wanted));
          const rank = asset => urgency[asset.alarm.life] ?? (doubts(asset).length ? 3 : asset.alarm.life === "normal" ? 5 : 4);
          shown.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, undefined, { numeric: true }));
          const boxes = shown.slice(0, assetsMax).map(show);
          // Moved only when the order changes: a row that is taken out loses the keyboard.
          const there = by("assets").children;
          if (there.length !== boxes.length || boxes.some((box, place) => there[place] !== box)) by("assets").replaceChildren(...boxes);
          by("more").textContent = shown.length > assetsMax ? "and " + (shown.length - assetsMax) + " more; name some above" : assets.length && !shown.length ? "none of this name" : "";
          for (const name of rows.keys()) if (!assets.some(asset => asset.name === name)) rows.delete(name);
          const lost = Object.entries(report.drops).filter(drop => drop[1]);
          const refused = Object.entries(status.refused);
          by("gateway").replaceChildren(list([
            ["Broker", status.broker.url + (status.broker.is_connected ? ", MQTT " + (status.broker.protocol_version || "?") : ", away")],
            ["Hears", Object.entries(status.broker.granted).map(([filter, qos]) => filter + " (QoS " + qos + ")").join(", ")],
            ["Waiting for the broker", count(status.outbox_waiting, "publication")],
            ["Journal", Math.round(status.journal_bytes / 1024) + " KiB"],
            ["Given up or lost", lost.length ? lost.map(([reason, number]) => number + " " + words(reason)).join(", ") : "nothing"],
            ["Refused messages", refused.length ? refused.map(([reason, number]) => number + " " + words(reason)).join(", ") : "none"],
            ["Last refusal", status.last_refusal],
            ["Alarms rung in 10 min", status.alarms_lately],
            ["Started", new Date(report.started_ms).toLocaleString()],
            ["Settings", status.settings_hash],
          ]));
          by("main").hidden = false;
        };
        const ask = async () => {
          try {
            const answer = await fetch("/api/status");
            if (!answer.ok) throw new Error((await answer.text()).trim());
            newest = await answer.json();
            heard = Date.now();
            by("broken").hidden = true;
          } catch (error) {
            by("broken").hidden = false;
            by("broken").textContent = (heard ? "No answer from the gateway since " + time(heard) + "; what stands here is old. " : "No answer from the gateway. ") + error.message;
          }
          if (newest && by("broken").hidden) draw(newest);
        };
        const remember = async () => {
          try {
            const answer = await fetch("/api/history");
            if (!answer.ok) return;
            const past = await answer.json();
            raises = new Map(past.alarms.filter(entry => entry.change === "raised").reverse().map(entry => [entry.asset, entry]));
            by("past").replaceChildren(past.alarms.length ? table(["When", "Asset", "What", "Who", "Why"], past.alarms.map(step), "wide") : el("p", { class: "quiet" }, "nothing yet"));
            by("labels").replaceChildren(past.labels.length ? table(["Asset", "From", "To", "What", "Who", "Why"], past.labels.map(label), "wide")
              : el("p", { class: "quiet" }, "none; ", el("code", null, "anchord label add"), " says what a stretch of time was"));
          } catch { }
        };
        by("filter").addEventListener("input", () => newest && draw(newest));
        // #press-1 opens its row: a link that can be sent to a colleague.
        const follow = () => {
          let name = "";
          try { name = decodeURIComponent(location.hash.slice(1)); } catch { }
          const entry = rows.get(name);
          if (!entry) return;
          entry.box.open = true;
          entry.box.scrollIntoView();
        };
        addEventListener("hashchange", follow);
        let turn = 0;
        const beat = async () => {
          if (!document.hidden) {
            await ask();
            if (turn === 0) follow();
            if (turn % 5 === 0) await remember();
            if (turn % 15 === 14) for (const entry of rows.values()) if (entry.box.open) await look(entry);
            turn += 1;
          }
          setTimeout(beat, 2000);
        };
        beat();
        """#
}
