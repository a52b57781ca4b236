"use strict";
(() => {
  const form = document.getElementById("filters");
  if (!form) return;
  const all = [...document.querySelectorAll("article.credential")];
  const texts = all.map((article) => article.textContent.toLowerCase());
  const query = document.getElementById("q");
  const channel = document.getElementById("channel");
  const shown = document.getElementById("shown");
  const apply = () => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const severities = new Set([...form.querySelectorAll("input[name=severity]:checked")].map((box) => box.value));
    let count = 0;
    all.forEach((article, index) => {
      const channels = article.dataset.channels.split(" ");
      const fits = severities.has(article.dataset.severity)
        && (!channel.value || channels.includes(channel.value))
        && words.every((word) => texts[index].includes(word));
      article.hidden = !fits;
      count += fits ? 1 : 0;
    });
    shown.textContent = `${count} of ${all.length} shown`;
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      query.focus();
    }
  });
  apply();
})();
