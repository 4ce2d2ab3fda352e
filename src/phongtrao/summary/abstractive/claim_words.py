"""Two closed lists of words that ``claims`` goes by, in matching form."""

_UNITS = """
    tỷ tỉ triệu nghìn ngàn trăm chục đồng usd đô kg g gam gram tấn tạ yến mg ml lít m m2 m3 mét km cm ha
    hecta giờ phút giây ngày đêm tuần tháng năm tuổi quý thế lần phần điểm độ trang mô tổ hộ vụ người đối
    bị nạn cán chiến học hội đoàn lượt buổi cuộc bài tin nguồn camera xe chiếc con căn khu thôn ấp xã
    phường huyện tỉnh cơ trường đội nhóm câu chi bằng giấy danh suất tập cá gia chuyên viên gói bánh khẩu
    thanh vị điều
"""
UNITS = frozenset(_UNITS.split())
"""First syllables of what is measured or counted. Any other word after a number is not held to it."""

_OPENERS = """
    ai anh ba bà bác bài ban bạn bằng bắt bên biết bị bốn buổi cả các cách cán căn chị chiều cho chú chúng
    chưa chuyện cô có còn công cơ cuối cuộc cùng cũng của cụ dù dưới đang đáng đã đại đây để đến đêm đi
    điều đó đoàn đối đội đồng được gần gia giữa hai hàng hiện họ hơn hội hôm hỏi kết khi khoảng không khởi
    kể khiến là làm lãnh lần lễ lo lúc lực mặc mặt mẹ mỗi một mới mọi mô muốn năm nam ngay ngày ngoài
    người nhân nhiều nhằm nhờ như nhưng những này nên nếu nữ ở ông phát phải phía qua quá quanh rạng ra
    rồi sáng sau sẽ sở sự tại tài tất thay theo thấy thêm thế thì thiếu thiết thông thời thủ tình tính
    toàn tối tổ tổng trên trong trước trưa trung từ tuy tỷ tới và vào vẫn về vì việc viện với vụ vừa xét
    xử xảy xe xong ý
"""
OPENERS = frozenset(_OPENERS.split())
"""Words that open sentences and are hardly ever the first of a name standing there."""
