/** What a proof says to people: what is wrong, what that means, what to do. */
import type { Text } from '../../kernel/text.js';
import type { ArchiveProof, Problem, RatingPlace, StoreProof } from './findings.js';

export interface ProblemWords {
  readonly what: Text;
  readonly means: Text;
}

const text = (chinese: string, english: string): Text => ({ 'zh-CN': chinese, en: english });

const placeOf = ({ sequence, time }: RatingPlace) =>
  text(`序号 ${sequence}（${time || '无时间'}）的评价`, `rating ${sequence} (${time || 'no time'})`);

/** What one problem is, and what it means. */
export function problemWords(problem: Problem, store: string): ProblemWords {
  const place = 'rating' in problem ? placeOf(problem.rating) : text('', '');
  const [zh, en] = [place['zh-CN'], place.en];
  switch (problem.kind) {
    case 'no-beginning':
      return {
        what: text(`${zh}不是第一条`, `${en} is not the first one`),
        means: text(
          '开头的评价缺失，或者这一条被改动过；请补上更早的存档',
          'the beginning is missing, or it was changed; put the earlier part of the archive before it',
        ),
      };
    case 'broken':
      return problem.noneMissing
        ? {
            what: text(`${zh}被改动过`, `${en} was changed`),
            means: text(
              '条数与签名一致，但内容与控制器记录的不同',
              'there are as many as the seal counts, but this one is not what the controller recorded',
            ),
          }
        : {
            what: text(
              `${zh}接不上前一条（序号 ${problem.after}）`,
              `${en} does not follow the one before it (${problem.after})`,
            ),
            means: text(
              `这一条被改动过，或两条之间有评价被删除；若只是没收到，可用 events.resend 补取（store ${store}，序号 ${problem.after + 1} 到 ${problem.rating.sequence}）`,
              `it was changed, or ratings between the two were taken out; if they only got lost on the way, ask for them with events.resend (store ${store}, ${problem.after + 1} to ${problem.rating.sequence})`,
            ),
          };
    case 'foreign':
      return {
        what: text(`${zh}不属于这条链`, `${en} does not belong here`),
        means: text(
          '前后两条评价直接相连，它是后来加进去的，或被改动过',
          'the ratings around it follow one another: it was put in, or changed',
        ),
      };
    case 'unchained':
      return {
        what: text(`${zh}没有链值`, `${en} carries no chain`),
        means: text('链值被删除，或者这一条是伪造的', 'its chain was taken away, or it was made up'),
      };
    case 'conflict':
      return {
        what: text(`${zh}有内容不同的副本`, `${en} is there with different contents`),
        means: text(
          '至少一份被改动过；若当时存储故障后又断电（见 controller.storage-failed），控制器也会重用序号',
          'at least one copy was changed; a controller itself uses a number twice only where its storage had failed (controller.storage-failed) and the power then went',
        ),
      };
    case 'wrong-time':
      return {
        what: text(`${zh}的时间被改动过`, `the time of ${en} was changed`),
        means: text(
          `链中记录的时间是 ${problem.at ?? '未知（当时时钟不可信）'}`,
          `the chain holds ${problem.at ?? 'that the clock could not be trusted then'}`,
        ),
      };
    case 'missing':
      return {
        what: text(
          `缺少 ${problem.count} 条评价`,
          `${problem.count} ${problem.count === 1 ? 'rating is' : 'ratings are'} missing`,
        ),
        means: text(
          `控制器签名的是 ${problem.sealed} 条，存档中到该处只有 ${problem.found} 条；若只是没收到，可用 events.resend 补取（store ${store}）`,
          `the board sealed ${problem.sealed}, the archive has ${problem.found} up to there; if they only got lost on the way, ask for them with events.resend (store ${store})`,
        ),
      };
    case 'too-many':
      return {
        what: text(`多出 ${problem.count} 条评价`, `${problem.count} too many`),
        means: text(
          `控制器签名的是 ${problem.sealed} 条：有评价是后来加进去的`,
          `the board sealed ${problem.sealed}: ratings were put in`,
        ),
      };
    case 'other-chain':
      return {
        what: text('与控制器签名的不是同一条链', 'this is not the chain that the board sealed'),
        means: text(
          `控制器在 ${problem.at} 签名的 ${problem.sealed} 条评价，在存档中被改动后重新计算过`,
          `the ${problem.sealed} ratings that the board sealed at ${problem.at} were changed and chained anew`,
        ),
      };
    case 'bad-seal':
      return {
        what: text(
          `${problem.at} 的签名（${problem.count} 条）无效`,
          `the seal of ${problem.at} (over ${problem.count}) does not hold`,
        ),
        means: text('它被改动过，或者是伪造的', 'it was changed or forged'),
      };
    case 'other-key':
      return {
        what: text(`${problem.at} 的签名来自另一把密钥`, `the seal of ${problem.at} is by another key`),
        means: text(
          `不是 --key 指定的密钥，而是 ${problem.publicKey}：是伪造的，或者控制器换过密钥`,
          `not by one of --key but by ${problem.publicKey}: it was forged, or the board got a new key`,
        ),
      };
    case 'several-keys':
      return {
        what: text('存档中有不同密钥的签名', 'seals by different keys are in the archive'),
        means: text(
          `请用 --key 指定可信的公钥（board.pub）：${problem.publicKeys.join('、')}`,
          `say with --key which to trust (board.pub): ${problem.publicKeys.join(', ')}`,
        ),
      };
    case 'no-seal':
      return {
        what: text('没有可用的签名', 'there is no seal that holds'),
        means: text(
          '无法证明结尾完整；请从主题 …/ratings 取得最新的签名，用 --head 给出',
          'nobody can say that the end is there; get the newest from the topic …/ratings and hand it in with --head',
        ),
      };
    case 'unsealed-end':
      return {
        what: text(`签名之后还有 ${problem.count} 条评价`, `${problem.count} after the seal`),
        means: text(
          '它们未被签名，可能是后来加进去的；请用更新的签名（--head）再验证',
          'no seal covers them, so they may have been put in; verify again with a newer one (--head)',
        ),
      };
  }
}

/** What a whole store comes to, in one line. */
export function storeVerdict(proof: StoreProof): Text {
  const { seal, unsealed, problemCount } = proof;
  if (problemCount > 0)
    return text(`不完整或被改动（${problemCount} 处）`, `not complete or changed (${problemCount} found)`);
  if (seal === null) {
    return text(
      '链条未断，但没有签名：无法证明结尾完整，也无法排除整体重算',
      'unbroken, but without a seal: the end, and that all of it was not chained anew, is not proven',
    );
  }
  if (unsealed > 0) {
    return text(
      `到 ${seal.at} 的签名为止完整且未被改动；其后 ${unsealed} 条尚无签名`,
      `complete and unchanged up to the seal of ${seal.at}; the ${unsealed} after it have none yet`,
    );
  }
  return text(`完整且未被改动（${seal.at} 签名）`, `complete and unchanged (sealed ${seal.at})`);
}

/** What a reader should know besides. */
export function storeNotes(proof: StoreProof): Text[] {
  const { seal, resent, untimed } = proof;
  const notes: Text[] = [];
  if (seal !== null && !seal.pinned) {
    notes.push(
      text(
        `公钥 ${seal.publicKey} 与签名来自同一处；请用控制器的 board.pub 核对（--key）`,
        `the key ${seal.publicKey} came with the seal itself; hold it against the board's own board.pub (--key)`,
      ),
    );
  }
  if (resent > 0)
    notes.push(
      text(`${resent} 条重复收到，内容相同`, `${resent} came more than once, with the same content`),
    );
  if (untimed > 0) {
    notes.push(
      text(
        `${untimed} 条评价时时钟不可信，其时间不在链中`,
        `${untimed} were given while the clock could not be trusted: their time is not in the chain`,
      ),
    );
  }
  return notes;
}

/** What is to be said of the file as a whole. */
export function archiveNotes({ garbage, oddRatings, overflow, stores }: ArchiveProof): Text[] {
  const notes: Text[] = [];
  if (stores.length === 0) notes.push(text('文件中没有评价', 'there is no rating in this file'));
  if (garbage > 0) notes.push(text(`${garbage} 行无法识别`, `${garbage} lines could not be read`));
  if (oddRatings > 0) {
    notes.push(
      text(
        `${oddRatings} 条评价没有序号或存储编号：被改动过`,
        `${oddRatings} ratings have no number or store: they were changed`,
      ),
    );
  }
  if (overflow > 0) {
    notes.push(
      text(
        `存储编号过多，${overflow} 行未检查；请拆分文件`,
        `too many stores: ${overflow} lines were not looked at; split the file`,
      ),
    );
  }
  return notes;
}
