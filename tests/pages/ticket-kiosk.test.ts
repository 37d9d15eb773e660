import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { contrasts } from './contrast.js';
import { chromiumPath, type HallWithPages, hallWithPages, morning, startBrowser } from './support.js';

/** What the hall was asked for. */
const asked = (queue: string, priority: boolean, onward: string[]) => ({
  queue,
  priority,
  onward,
  at: '大门口',
});

const upright = { width: 1080, height: 1920 };
const wide = { width: 1280, height: 800 };

describe.skipIf(chromiumPath === undefined)('the ticket kiosk', () => {
  let browser: Browser;
  let hall: HallWithPages;
  beforeAll(async () => {
    browser = await startBrowser();
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    hall = await hallWithPages();
  });
  afterEach(() => hall.close());

  async function kiosk(size = wide, script?: () => void) {
    const context = await browser.newContext({ viewport: size, hasTouch: true });
    const page = await context.newPage();
    await page.clock.install();
    if (script !== undefined) await page.addInitScript(script);
    await page.goto(`${hall.url}/ticket-kiosk/`);
    await page.waitForSelector('.queue[aria-disabled=false]');
    return { page, context };
  }

  const end = (page: Page) => page.waitForSelector('.end:not([hidden]) h1');
  const text = (page: Page, selector: string) => page.$eval(selector, (one) => one.textContent);

  it('gives a ticket at one touch, says what follows, and is ready for the next after 15 s', async () => {
    const { page, context } = await kiosk();
    await page.tap('.queue >> nth=1');
    await end(page);
    expect(hall.actions.issued).toEqual([asked('tax', false, [])]);
    expect(await text(page, '.end .number')).toBe('A024');
    expect(await text(page, '.end .ahead')).toBe('前面 12 人，约 10–25 分钟');
    expect(await text(page, '.end .paper')).toBe('请在下方取走纸质号票');
    expect(await text(page, '.end .hint')).toBe('请留意 5号窗口 叫号');
    await page.clock.runFor(15_000);
    await page.waitForSelector('.start:not([hidden])', { timeout: 5_000 });
    await context.close();
  });

  it('issues one ticket for a doubled touch, also where the answer was lost on its way', async () => {
    const { page, context } = await kiosk();
    let letGo = () => {};
    hall.actions.hold = new Promise((resolve) => {
      letGo = resolve;
    });
    await page.evaluate(() => {
      const key = document.querySelector<HTMLElement>('.queue');
      key?.click();
      key?.click();
    });
    await page.tap('.queue >> nth=1', { force: true });
    letGo();
    await end(page);
    expect(hall.actions.issued).toHaveLength(1);
    await page.tap('.back');
    let lost = 0;
    await page.route('**/issue', async (route) => {
      if (lost++ > 0) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await page.tap('.queue >> nth=0');
    await page.waitForSelector('.again');
    expect(await text(page, '.end h1')).toBe('控制器没有回答');
    await page.tap('.again');
    await page.waitForSelector('.end .number');
    expect(hall.actions.issued).toHaveLength(2);
    await context.close();
  });

  it('asks for priority with one large button and no proof', async () => {
    const { page, context } = await kiosk();
    await page.tap('.priority');
    expect(await text(page, 'h1')).toBe('绿色通道：请选择要办理的业务');
    expect(await page.getAttribute('.priority', 'aria-pressed')).toBe('true');
    await page.tap('.queue >> nth=0');
    await end(page);
    expect(hall.actions.issued).toEqual([asked('general', true, [])]);
    await page.tap('.back');
    expect(await page.getAttribute('.priority', 'aria-pressed')).toBe('false');
    hall.feed.show({ queues: [morning.queues[0]!] });
    await page.waitForFunction(() => document.querySelectorAll('.queue').length === 1);
    await page.tap('.priority');
    await end(page);
    expect(hall.actions.issued[1]).toMatchObject({ queue: 'general', priority: true });
    await context.close();
  });

  it('takes several matters on one ticket, in the order of the touches', async () => {
    const { page, context } = await kiosk(upright);
    await page.tap('.several');
    expect(await page.getAttribute('.take', 'aria-disabled')).toBe('true');
    await page.tap('.queue >> nth=2');
    await page.tap('.queue >> nth=0');
    await page.tap('.queue >> nth=1');
    await page.tap('.queue >> nth=1');
    await page.tap('.queue >> nth=3', { force: true });
    expect(await text(page, '.take')).toBe('取号（2 项）');
    await page.tap('.take');
    await end(page);
    expect(hall.actions.issued).toEqual([asked('social', false, ['general'])]);
    await context.close();
  });

  it('sends people to the other printer, or shows the number large with a code', async () => {
    const { page, context } = await kiosk();
    const { answer } = hall.actions;
    if (!answer.ok) throw new Error('the fake issues');
    hall.actions.answer = { ...answer, paper: 'other', printerLabel: '2号取号机', waitMinutes: null };
    await page.tap('.queue >> nth=0');
    await end(page);
    expect(await text(page, '.end .paper')).toBe('请到2号取号机取票');
    expect(await text(page, '.end .ahead')).toBe('前面 12 人，等候时间暂无法估计');
    expect(await page.$$('.qr')).toHaveLength(0);
    await page.tap('.back');
    hall.actions.answer = { ...answer, paper: 'none', publicUrl: 'https://hall.example/t/1?a=<b>' };
    await page.tap('.queue >> nth=0');
    await page.waitForSelector('.qr img');
    expect(await page.$eval('.qr img', (one) => (one as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
    const size = await page.$eval('.end .number', (one) => Number.parseFloat(getComputedStyle(one).fontSize));
    expect(size).toBeGreaterThanOrEqual(160);
    for (const selector of ['.end .number', '.qr', '.back']) {
      const box = await page.$eval(selector, (one) => one.getBoundingClientRect().toJSON() as DOMRect);
      expect(box.top, selector).toBeGreaterThanOrEqual(0);
      expect(box.bottom, selector).toBeLessThanOrEqual(wide.height);
    }
    await context.close();
  });

  it('says why there is no ticket', async () => {
    const { page, context } = await kiosk();
    await page.tap('.queue >> nth=3', { force: true });
    expect(await page.getAttribute('.queue >> nth=3', 'aria-disabled')).toBe('true');
    expect(await text(page, '.queue >> nth=3 >> .sub')).toBe('今日已停止取号');
    expect(hall.actions.issued).toEqual([]);
    const message = { 'zh-CN': '午休时间暂停取号', en: 'No tickets at lunch' };
    hall.actions.answer = { ok: false, code: 'queue.closed', message };
    await page.tap('.queue >> nth=0');
    await end(page);
    expect(await text(page, '.end h1')).toBe('午休时间暂停取号');
    await page.tap('.back');
    hall.feed.show({ leads: false });
    await page.waitForFunction(() => document.querySelector('.notice')?.textContent?.includes('不能取号'));
    await page.tap('.queue >> nth=0', { force: true });
    expect(hall.actions.issued).toHaveLength(1);
    await context.close();
  });

  it('says that the controller is away, takes nothing then, and works again by itself', async () => {
    const { page, context } = await kiosk();
    const { port } = hall;
    await hall.close();
    await page.waitForSelector('.band:not([hidden])');
    expect(await text(page, '.band')).toContain('请到咨询台');
    expect(await page.$$('.queue[aria-disabled=false], .help[aria-disabled=false]')).toHaveLength(0);
    hall = await hallWithPages(port);
    await page.waitForSelector('.queue[aria-disabled=false]');
    await page.tap('.queue >> nth=0');
    await end(page);
    expect(hall.actions.issued).toHaveLength(1);
    await context.close();
  });

  it('calls for help, and says when somebody helped', async () => {
    const { page, context } = await kiosk();
    await page.tap('.help');
    await page.waitForFunction(() =>
      document.querySelector('.notice')?.textContent?.includes('已通知工作人员'),
    );
    expect(hall.shown['ticket-kiosk']?.help).toEqual([true]);
    await page.waitForFunction(() => document.querySelector('.help')?.textContent === '已得到帮助');
    await page.tap('.help');
    await page.waitForFunction(() => document.querySelector('.help')?.textContent === '求助');
    expect(hall.shown['ticket-kiosk']?.help).toEqual([true, false]);
    await context.close();
  });

  it('speaks English to whoever wants it', async () => {
    const { page, context } = await kiosk();
    await page.tap('.language');
    expect(await text(page, 'h1')).toBe('What are you here for?');
    expect(await page.getAttribute('html', 'lang')).toBe('en');
    await page.tap('.queue >> nth=0');
    await end(page);
    expect(await text(page, '.end .ahead')).toBe('12 ahead of you, about 10–25 minutes');
    await page.tap('.back');
    expect(await text(page, 'h1')).toBe('请选择要办理的业务');
    await context.close();
  });

  it('can be worked by keyboard alone, and tells a screen reader what happened', async () => {
    const { page, context } = await kiosk();
    const order: (string | undefined)[] = [];
    for (let key = 0; key < 8; key++) {
      await page.keyboard.press('Tab');
      order.push(await page.evaluate(() => document.activeElement?.className.split(' ')[0]));
    }
    expect(order).toEqual(['language', 'queue', 'queue', 'queue', 'queue', 'priority', 'several', 'help']);
    for (let key = 0; key < 6; key++) await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await end(page);
    expect(hall.actions.issued).toEqual([asked('general', false, [])]);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('您的号码A024');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.waitForSelector('.start:not([hidden])');
    expect(await page.getAttribute('.notice', 'role')).toBe('status');
    await context.close();
  });

  it('reads aloud what is touched, and the number letter by letter', async () => {
    const { page, context } = await kiosk(wide, () => {
      const said: string[] = [];
      Object.assign(window, { said });
      const spoken = {
        cancel() {},
        speak: (words: SpeechSynthesisUtterance) => void said.push(`${words.lang} ${words.text}`),
      };
      Object.defineProperty(window, 'speechSynthesis', { value: spoken });
    });
    await page.tap('.queue >> nth=0');
    await end(page);
    const said = await page.evaluate(() => (window as unknown as { said: string[] }).said);
    expect(said[0]).toBe('zh-CN 综合业务 前面 12 人，约 10–25 分钟');
    expect(said.at(-1)).toContain('您的号码 A 0 2 4. 前面 12 人');
    await context.close();
  });

  it('is large and clear enough for the old: buttons, type, contrast', async () => {
    for (const size of [wide, upright]) {
      const { page, context } = await kiosk(size);
      const check = async () => {
        const buttons = await page.$$eval('button', (all) =>
          all
            .map((one) => one.getBoundingClientRect())
            .filter((box) => box.height > 0)
            .map(({ height, width }) => ({ height, width })),
        );
        for (const { height, width } of buttons) {
          expect(height).toBeGreaterThanOrEqual(96);
          expect(width).toBeGreaterThanOrEqual(96);
        }
        for (const { text: words, ratio, pixels } of await contrasts(page)) {
          expect(pixels, words).toBeGreaterThanOrEqual(32);
          expect(ratio, words).toBeGreaterThanOrEqual(4.5);
        }
      };
      await check();
      await page.tap('.several');
      await page.tap('.queue >> nth=0');
      await page.tap('.priority');
      await check();
      await page.tap('.take');
      await end(page);
      await check();
      await context.close();
    }
  });

  it('takes labels as text, and stays usable with many queues', async () => {
    const many = Array.from({ length: 12 }, (_, at) => ({
      ...morning.queues[0]!,
      queue: `q${at}`,
      label: `<b>业务${at}</b>`,
    }));
    hall.feed.show({ queues: many });
    const { page, context } = await kiosk();
    expect(await page.$$('b')).toHaveLength(0);
    expect(await text(page, '.queue >> nth=11 >> .label')).toBe('<b>业务11</b>');
    await page.tap('.queue >> nth=11');
    await end(page);
    expect(hall.actions.issued[0]?.queue).toBe('q11');
    await context.close();
  });

  it('keeps the button under a finger while the hall goes on', async () => {
    const { page, context } = await kiosk();
    const box = (await page.locator('.queue').first().boundingBox())!;
    await page.mouse.move(box.x + 20, box.y + 20);
    await page.mouse.down();
    hall.feed.show({ queues: morning.queues.map((queue) => ({ ...queue, waiting: queue.waiting + 1 })) });
    await page.waitForFunction(() => document.querySelector('.queue .sub')?.textContent?.includes('13'));
    await page.mouse.up();
    await end(page);
    expect(hall.actions.issued).toHaveLength(1);
    await context.close();
  });
});
