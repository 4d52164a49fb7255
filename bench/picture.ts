import * as echarts from 'echarts';
import type { Results, ShapeResult } from './results.ts';

const WIDTH = 960;
const HEIGHT = 420;
const NAIVE_COLOUR = '#b0b7c3';
const OUR_COLOUR = '#1f6feb';

/** Cost and throughput beside the naive consumer, as SVG; both axes are logarithmic, from ten on. */
export function drawPicture({ shapes }: Results): string {
  const names = shapes.map(labelOf);
  const panel = (at: number, title: string, ours: readonly number[], naive: readonly number[]) => ({
    title: { text: title, left: `${at * 50 + 2}%`, top: 8, textStyle: { fontSize: 14 } },
    grid: { left: `${at * 50 + 6}%`, width: '41%', top: 70, bottom: 60 },
    xAxis: { type: 'category' as const, gridIndex: at, data: names, axisLabel: { interval: 0, fontSize: 9 } },
    yAxis: { type: 'log' as const, gridIndex: at, min: 10 },
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
        formatter: ({ value }: { value?: unknown }) => shorten(Number(value)),
      },
      data: [...data],
    })),
  });
  const panels = [
    panel(
      0,
      'USD a billion events',
      shapes.map(({ dollars }) => dollars.handler.total * 1_000),
      shapes.map(({ dollars }) => dollars.naive.total * 1_000),
    ),
    panel(
      1,
      'Events a second, with the latency of the services',
      shapes.map(({ eventsPerSecondWithLatency: speed }) => speed.handler),
      shapes.map(({ eventsPerSecondWithLatency: speed }) => speed.naive),
    ),
  ];
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#ffffff',
      legend: { top: 34, itemGap: 40, data: ['naive consumer', 'das-router'] },
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

function labelOf({ engine, eventsPerRecord }: ShapeResult): string {
  return `${engine === 'aurora-mysql' ? 'MySQL' : 'PostgreSQL'}\n${eventsPerRecord} a record`;
}

function shorten(value: number): string {
  return Math.round(value).toLocaleString('en');
}
