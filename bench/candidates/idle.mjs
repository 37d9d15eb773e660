/** An empty Node process: what every candidate pays before it does anything. */
setInterval(() => {}, 1_000_000);
