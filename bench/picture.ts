import * as echarts from 'echarts';
import { nameOf, type Results } from './results.ts';

const WIDTH = 960;
const HEIGHT = 420;
const NAIVE_COLOUR = '#b0b7c3';
const OUR_COLOUR = '#1f6feb';

/** Cost and throughput beside the naive consumer, as SVG; both axes are logarithmic. */
export function drawPicture({ shapes }: Results): string {
  const names = shapes.map((shape) => nameOf(shape).replace(', ', '\n'));
  const panel = (at: number, title: string, ours: readonly number[], naive: readonly number[], digits: number) => ({
    title: { text: title, left: `${at * 50 + 2}%`, top: 8, textStyle: { fontSize: 14 } },
    grid: { left: `${at * 50 + 6}%`, width: '41%', top: 70, bottom: 60 },
    xAxis: { type: 'category' as const, gridIndex: at, data: names, axisLabel: { interval: 0, fontSize: 9 } },
    yAxis: { type: 'log' as const, gridIndex: at, min: 'dataMin' as const },
    series: [
      { name: 'naive consumer', data: naive, color: NAIVE_COLOUR },
      { name: 'das-router', data: ours, color: OUR_COLOUR },
    ].map(({ name, data, color }) => ({
      name,
      type: 'bar' as const,
      xAxisIndex: at,
      yAxisIndex: at,
      itemStyle: { color },
      label: {
        show: true,
        position: 'top' as const,
        fontSize: 9,
        formatter: ({ value }: { value?: unknown }) => shorten(Number(value), digits),
      },
      data: [...data],
    })),
  });
  const panels = [
    panel(
      0,
      'USD a million events',
      shapes.map(({ dollars }) => dollars.handler.total),
      shapes.map(({ dollars }) => dollars.naive.total),
      2,
    ),
    panel(
      1,
      'Events a second, with the latency of the services',
      shapes.map(({ eventsPerSecondWithLatency: speed }) => speed.handler),
      shapes.map(({ eventsPerSecondWithLatency: speed }) => speed.naive),
      0,
    ),
  ];
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#ffffff',
      legend: { top: 34, data: ['naive consumer', 'das-router'] },
      title: panels.map(({ title }) => title),
      grid: panels.map(({ grid }) => grid),
      xAxis: panels.map(({ xAxis }) => xAxis),
      yAxis: panels.map(({ yAxis }) => yAxis),
      series: panels.flatMap(({ series }) => series),
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function shorten(value: number, digits: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}
