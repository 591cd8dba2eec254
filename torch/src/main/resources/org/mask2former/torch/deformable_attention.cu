// Multi-scale deformable attention (Zhu et al. 2021), forward. A warp does one head of one query: its lanes first share out the
// sampled points (softmax, positions), then each takes a channel and adds up the four neighbours of every point, so that a row
// of the value table is read in one piece. Sums are float32.
//
// No header is included, for the run-time compiler may not find CUDA's: bfloat16 and float16 are converted by hand.
// NUMBER is one of FLOAT, BFLOAT16 and HALF.

#define MAX_LEVELS 8
#define MAX_SAMPLES 32  // levels * points, at most one for each lane
#define ALL 0xffffffffu

#if defined(FLOAT)
typedef float number;
__device__ float load(const number* at) { return *at; }
__device__ number store(float x) { return x; }
#elif defined(BFLOAT16)
typedef unsigned short number;
__device__ float load(const number* at) { return __uint_as_float(((unsigned)*at) << 16); }
__device__ number store(float x) {  // to the nearest, ties to even
  unsigned bits = __float_as_uint(x);
  return x != x ? 0x7fff : (number)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}
#else
typedef unsigned short number;
__device__ float load(const number* at) {
  float x;
  asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(*at));
  return x;
}
__device__ number store(float x) {
  number bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
}
#endif

struct Levels {
  int count;
  int start[MAX_LEVELS];
  int height[MAX_LEVELS];
  int width[MAX_LEVELS];
};

// value, out: [B, N, heads * channels]; sampling: [B, N, heads * levels * points * 3], the offsets (x, y) in pixels of the level
// sampled, then the logits of the attention; queries = B * N, tokens = N.
extern "C" __global__ void deformable_attention(
    const number* value, const number* sampling, number* out, int queries, int tokens, int heads, int channels, int points,
    Levels levels) {
  int lane = threadIdx.x & 31;
  long long work = (long long)blockIdx.x * (blockDim.x >> 5) + (threadIdx.x >> 5);
  if (work >= (long long)queries * heads) {
    return;
  }
  int query = (int)(work / heads);
  int head = (int)(work % heads);
  int samples = levels.count * points;
  const number* own = sampling + (long long)query * heads * samples * 3;

  // The attention: a softmax over all samples of the head.
  bool active = lane < samples;
  float logit = active ? load(own + (2 * heads + head) * samples + lane) : -3.0e38f;
  float most = logit;
  for (int step = 16; step > 0; step >>= 1) {
    most = fmaxf(most, __shfl_xor_sync(ALL, most, step));
  }
  float share = active ? __expf(logit - most) : 0.0f;
  float sum = share;
  for (int step = 16; step > 0; step >>= 1) {
    sum += __shfl_xor_sync(ALL, sum, step);
  }
  share /= sum;

  // Where each lane's sample is: the query's own place on the level sampled, and its offset.
  int token = query % tokens;
  int home = 0;
  while (home + 1 < levels.count && token >= levels.start[home + 1]) {
    home++;
  }
  int level = active ? lane / points : 0;
  float column = ((token - levels.start[home]) % levels.width[home] + 0.5f) / levels.width[home];
  float line = ((token - levels.start[home]) / levels.width[home] + 0.5f) / levels.height[home];
  int width = levels.width[level];
  int height = levels.height[level];
  float x = column * width - 0.5f;
  float y = line * height - 0.5f;
  if (active) {
    x += load(own + 2 * (head * samples + lane));
    y += load(own + 2 * (head * samples + lane) + 1);
  }
  float left = floorf(x);
  float top = floorf(y);
  float fx = x - left;
  float fy = y - top;
  // A place far outside may not fit into an integer.
  int x0 = (int)fminf(fmaxf(left, -2.0f), (float)width);
  int y0 = (int)fminf(fmaxf(top, -2.0f), (float)height);

  int stride = heads * channels;
  const number* table = value + (long long)(query / tokens) * tokens * stride + head * channels;
  number* result = out + (long long)query * stride + head * channels;
  for (int first = 0; first < channels; first += 32) {
    int channel = first + lane;
    bool mine = channel < channels;
    float total = 0.0f;
    for (int s = 0; s < samples; s++) {
      int sx = __shfl_sync(ALL, x0, s);
      int sy = __shfl_sync(ALL, y0, s);
      float sfx = __shfl_sync(ALL, fx, s);
      float sfy = __shfl_sync(ALL, fy, s);
      float weight = __shfl_sync(ALL, share, s);
      int l = s / points;
      int w = levels.width[l];
      int h = levels.height[l];
      if (mine) {
        const number* map = table + (long long)levels.start[l] * stride + channel;
        float sampled = 0.0f;
        bool inLeft = sx >= 0 && sx < w;
        bool inRight = sx + 1 >= 0 && sx + 1 < w;
        if (sy >= 0 && sy < h) {
          const number* row = map + (long long)sy * w * stride;
          sampled += inLeft ? (1 - sfy) * (1 - sfx) * load(row + (long long)sx * stride) : 0.0f;
          sampled += inRight ? (1 - sfy) * sfx * load(row + (long long)(sx + 1) * stride) : 0.0f;
        }
        if (sy + 1 >= 0 && sy + 1 < h) {
          const number* row = map + (long long)(sy + 1) * w * stride;
          sampled += inLeft ? sfy * (1 - sfx) * load(row + (long long)sx * stride) : 0.0f;
          sampled += inRight ? sfy * sfx * load(row + (long long)(sx + 1) * stride) : 0.0f;
        }
        total += weight * sampled;
      }
    }
    if (mine) {
      result[channel] = store(total);
    }
  }
}
