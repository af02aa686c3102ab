// Sorting and filtering of the tables; without it the page is complete, only still.
(() => {
  const collator = new Intl.Collator("en", { numeric: true });
  const number = (text) => { const value = parseFloat(text.replace(/[^0-9.\-]/g, "")); return isNaN(value) ? -Infinity : value; };
  document.documentElement.classList.add("live");

  function sort(heading) {
    const table = heading.closest("table"), body = table.tBodies[0], place = heading.cellIndex;
    const numeric = heading.hasAttribute("data-number");
    const up = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = Array.from(body.rows, (row) => {
      const cell = row.cells[place], text = cell.dataset.sort ?? cell.textContent;
      return [numeric ? number(text) : text.trim(), row];
    });
    const compare = numeric ? (a, b) => a[0] - b[0] : (a, b) => collator.compare(a[0], b[0]);
    rows.sort((a, b) => (up ? compare(a, b) : compare(b, a)) || 0);
    body.append(...rows.map((pair) => pair[1]));
  }

  function filter(field) {
    const card = field.closest(".table"), rows = card.querySelector("tbody").rows;
    const count = card.querySelector(".count");
    count.dataset.all ??= count.textContent;
    // words in quotes are one phrase at the start of a cell, so that "late" is not found in "will be late"
    const wanted = field.value.toLowerCase().match(/"[^"]*"|\S+/g) || [];
    let shown = 0;
    for (const row of rows) {
      row.words ??= "\t" + Array.from(row.cells, (cell) => cell.textContent.trim()).join("\t").toLowerCase() + "\t";
      const fits = wanted.every((word) => row.words.includes(word.startsWith('"') ? "\t" + word.replaceAll('"', "") : word));
      row.hidden = !fits;
      shown += fits;
    }
    count.textContent = wanted.length ? `${shown.toLocaleString("en")} of ${count.dataset.all}` : count.dataset.all;
  }

  document.addEventListener("click", (event) => {
    const heading = event.target.closest("th");
    if (heading) sort(heading);
    const tile = event.target.closest("a[data-filter]");
    const field = tile && document.querySelector(`${tile.getAttribute("href")} .filter`);
    if (field) { field.value = tile.dataset.filter; filter(field); }
  });
  document.addEventListener("input", (event) => { if (event.target.matches(".filter")) filter(event.target); });

  const links = new Map(Array.from(document.querySelectorAll("nav a"), (link) => [link.hash.slice(1), link]));
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) {
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  document.querySelectorAll("section").forEach((section) => watch.observe(section));
})();
